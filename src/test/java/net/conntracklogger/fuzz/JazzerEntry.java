// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What {@code packaging/fuzz} runs: the entry of Jazzer, and a program that writes the seeds of a target into a directory. */
public final class JazzerEntry {
    /** Jazzer knows no objects, only static methods. */
    private static FuzzTarget target;

    private JazzerEntry() {}

    /** Opens the target that the system property names. Called by Jazzer. */
    public static void fuzzerInitialize() {
        target = FuzzTargets.valueOf(System.getProperty("fuzz.target")).open();
    }

    /** Reads an input. Called by Jazzer. */
    public static void fuzzerTestOneInput(byte[] input) {
        target.read(input);
    }

    /** Closes the target. Called by Jazzer. */
    public static void fuzzerTearDown() {
        target.close();
    }

    /**
     * Writes the seeds of each target into a directory of its name.
     *
     * @param arguments the directory above
     */
    public static void main(String[] arguments) throws IOException {
        for (FuzzTargets name : FuzzTargets.values()) {
            Path directory = Files.createDirectories(Path.of(arguments[0], name.name()));
            try (FuzzTarget each = name.open()) {
                List<byte[]> seeds = each.seeds();
                for (int i = 0; i < seeds.size(); i++) {
                    Files.write(directory.resolve("seed-" + i), seeds.get(i));
                }
            }
        }
    }
}
