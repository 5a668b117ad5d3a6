// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** A /proc made of verbatim files; README.md beside them says where they come from. */
public final class ProcFixture {
    /** What the kernel's {@code btime} was when they were copied, in microseconds. */
    static final long BOOT = 1_795_447_986_000_000L;

    private static final String[] FILES = {"stat", "status", "cmdline", "loginuid"};

    private final Path root;

    public ProcFixture(Path root) {
        this.root = root;
    }

    /** Puts a recorded process there. */
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
