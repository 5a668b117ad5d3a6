// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.history.coverage.DamagedFileException;
import net.conntracklogger.history.journal.JournalCursor;

/**
 * The list of the archive's valid files, and how far the journal is in them. One rename replaces it, so that a crash leaves
 * the old list or the new one.
 *
 * @param next number of the next file
 * @param cursor the last entry that is archived; null: none
 * @param files the valid files, the oldest first
 */
public record ArchiveIndex(long next, JournalCursor cursor, List<ArchiveFile> files) {
    /** Name of the file. */
    public static final String NAME = "index";

    private static final String HEAD = "conntrack-logger archive 1";
    private static final String TAIL = "end";
    private static final ArchiveIndex EMPTY = new ArchiveIndex(1, null, List.of());

    public ArchiveIndex {
        files = List.copyOf(files);
    }

    /**
     * Reads the index.
     *
     * @return empty if there is none
     * @throws DamagedFileException if it is not complete
     */
    public static Optional<ArchiveIndex> read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (lines.size() < 2
                || !lines.get(0).equals(HEAD)
                || !lines.get(lines.size() - 1).equals(TAIL)) {
            throw new DamagedFileException(file, "it is no complete index");
        }
        ArchiveIndex index = EMPTY;
        try {
            for (String line : lines.subList(1, lines.size() - 1)) {
                index = index.with(line);
            }
        } catch (RuntimeException e) {
            throw new DamagedFileException(file, "unexpected " + e.getMessage());
        }
        return Optional.of(index);
    }

    private ArchiveIndex with(String line) {
        int blank = line.indexOf(' ');
        String value = line.substring(blank + 1);
        return switch (line.substring(0, blank)) {
            case "next" -> new ArchiveIndex(Long.parseLong(value), cursor, files);
            case "cursor" -> new ArchiveIndex(next, JournalCursor.parse(value), files);
            case "file" -> {
                List<ArchiveFile> more = new ArrayList<>(files);
                more.add(ArchiveFile.parse(line));
                yield new ArchiveIndex(next, cursor, more);
            }
            default -> throw new IllegalArgumentException("'" + line + "'");
        };
    }

    /** Replaces the index on the disk by this one. */
    public void write(Path directory) throws IOException {
        StringBuilder text =
                new StringBuilder(HEAD).append("\nnext ").append(next).append('\n');
        if (cursor != null) {
            text.append("cursor ").append(cursor.text()).append('\n');
        }
        files.forEach(file -> text.append(file.line()).append('\n'));
        text.append(TAIL).append('\n');
        Path made = directory.resolve(NAME + ".new");
        Files.write(made, text.toString().getBytes(StandardCharsets.UTF_8));
        sync(made);
        Files.move(made, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
        sync(directory);
    }

    /** Waits until a file or directory is on the disk. */
    public static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Returns the empty index of a new archive. */
    public static ArchiveIndex empty() {
        return EMPTY;
    }

    /** Returns the index with some files less and some more. */
    public ArchiveIndex replacing(List<ArchiveFile> old, List<ArchiveFile> made, long number, JournalCursor place) {
        List<ArchiveFile> all = new ArrayList<>(files);
        all.removeAll(old);
        all.addAll(made);
        return new ArchiveIndex(number, place, all);
    }

    /** Returns the files of a kind. */
    List<ArchiveFile> files(ArchiveKind kind) {
        return files.stream().filter(file -> file.kind() == kind).toList();
    }
}
