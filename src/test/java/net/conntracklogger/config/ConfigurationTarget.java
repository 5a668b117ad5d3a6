// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.conntracklogger.fuzz.FuzzTarget;

/** A configuration file. */
public final class ConfigurationTarget implements FuzzTarget {
    private static final Path SHIPPED = Path.of("packaging/conntrack-logger.conf");
    /** In memory, because each input is a file. */
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Path directory;
    private final Path file;

    public ConfigurationTarget() {
        try {
            directory = Files.isWritable(MEMORY)
                    ? Files.createTempDirectory(MEMORY, "fuzz")
                    : Files.createTempDirectory("fuzz");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        file = directory.resolve("conntrack-logger.conf");
    }

    @Override
    public List<byte[]> seeds() {
        try {
            String shipped = Files.readString(SHIPPED);
            String set = shipped.replaceAll("(?m)^# .*\n", "").replaceAll("(?m)^#(?=[A-Za-z]+=)", "");
            return List.of(
                    set.getBytes(StandardCharsets.UTF_8),
                    "[Log]\nProtocols=tcp 253\n".getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void read(byte[] input) {
        try {
            Files.write(file, input);
            ConfigurationReader.readExisting(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ConfigurationException e) {
            if (!e.getMessage().startsWith(file.toString())) {
                throw new IllegalStateException("the error names no file", e);
            }
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
