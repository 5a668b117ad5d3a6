// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.check;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Files of a host that checks read.
 *
 * @param root the directory that holds them, {@code /}
 */
record HostFiles(Path root) {
    private static final int LARGEST = 1 << 20;

    /** Returns the first line of a file, or nothing if it cannot be read. */
    Optional<String> line(String path) {
        try {
            return text(path).lines().findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Reads in one call. A sysctl ends behind what the first call returns, and Files.readString() asks for one byte
     * first.
     */
    private String text(String path) throws IOException {
        try (InputStream file = Files.newInputStream(root.resolve(path))) {
            return new String(file.readNBytes(LARGEST), StandardCharsets.UTF_8);
        }
    }

    /** Returns the number in a file; empty if it cannot be read or is none. */
    Optional<Long> number(String path) {
        return line(path)
                .map(String::strip)
                .filter(text -> text.matches("\\d{1,18}"))
                .map(Long::valueOf);
    }

    /** Reports whether a file, directory or link exists. */
    boolean exists(String path) {
        return Files.exists(root.resolve(path), LinkOption.NOFOLLOW_LINKS);
    }

    /** Reports whether a file contains a text. */
    boolean contains(String path, String text) {
        try {
            return text(path).contains(text);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Returns the last value of a key of a configuration of systemd. The main file comes first, then drop-ins in the
     * order of their names. A drop-in in /etc hides one in /run, and that one hides one in /usr/lib.
     *
     * @param name such as {@code journald.conf}
     */
    Optional<String> setting(String name, String key) {
        Map<String, Path> dropIns = new TreeMap<>();
        for (String directory : new String[] {"usr/lib/systemd", "run/systemd", "etc/systemd"}) {
            dropIns(root.resolve(directory + "/" + name + ".d"))
                    .forEach(file -> dropIns.put(file.getFileName().toString(), file));
        }
        Optional<String> value = valueIn(root.resolve("etc/systemd/" + name), key);
        for (Path file : dropIns.values()) {
            Optional<String> here = valueIn(file, key);
            value = here.isPresent() ? here : value;
        }
        return value;
    }

    private static List<Path> dropIns(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".conf")).toList();
        } catch (IOException e) {
            return List.of(); // There is no such directory.
        }
    }

    private static Optional<String> valueIn(Path file, String key) {
        try {
            return Files.readString(file)
                    .lines()
                    .map(String::strip)
                    .filter(line -> line.startsWith(key + "="))
                    .reduce((a, b) -> b)
                    .map(line -> line.substring(key.length() + 1).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
