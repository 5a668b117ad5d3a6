// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** A /proc of verbatim files. README.md beside them names their source. */
public final class ProcFixture {
    /** {@code btime} of the kernel that the files were copied from, in microseconds. */
    static final long BOOT = 1_795_447_986_000_000L;

    private static final String[] FILES = {"stat", "status", "cmdline", "loginuid"};

    private final Path root;

    public ProcFixture(Path root) {
        this.root = root;
    }

    /** Adds the files of a recorded process. */
    public Path add(int pid, String process) throws IOException {
        Path directory = Files.createDirectories(root.resolve(Integer.toString(pid)));
        for (String file : FILES) {
            Files.write(directory.resolve(file), bytes(process + "/" + file));
        }
        return directory;
    }

    public static byte[] bytes(String file) {
        try (InputStream in = ProcFixture.class.getResourceAsStream("proc/" + file)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ByteBuffer buffer(String file) {
        return ByteBuffer.wrap(bytes(file));
    }
}
