// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import net.conntracklogger.concurrent.RepeatedReading;
import net.conntracklogger.config.WatchedFiles;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.watch.WatchLists.Named;

/**
 * Reads the files of watch lists when they change. A list with a file that cannot be read stays as it was. May block without
 * limit, because the files may be on slow storage. Called by one thread only.
 */
public final class ListFiles implements RepeatedReading.Source<WatchLists> {
    private final List<WatchedFiles> watched;
    private final Consumer<Notice> notices;
    /**
     * Stamps of each list's files when they were last read. A stamp has size, time and inode, or why there is no file.
     */
    private final Map<WatchedFiles, String> stamps = new HashMap<>();

    private WatchLists current;

    /**
     * Reads nothing yet.
     *
     * @param before lists of an earlier configuration, which stay until those of the same name are read
     * @param notices receives what could not be read
     */
    public ListFiles(List<WatchedFiles> watched, WatchLists before, Consumer<Notice> notices) {
        this.watched = watched;
        this.current = new WatchLists(
                watched.stream().map(list -> named(list.name(), before)).toList());
        this.notices = notices;
    }

    private static Named named(String name, WatchLists among) {
        return among.lists().stream()
                .filter(list -> list.name().equals(name))
                .findFirst()
                .orElse(new Named(name, WatchList.EMPTY));
    }

    /** Returns the lists without reading. */
    public WatchLists current() {
        return current;
    }

    /** Returns the lists; the same object if no file has changed. */
    @Override
    public WatchLists read() {
        for (WatchedFiles list : watched) {
            String stamp = list.files().stream().map(ListFiles::stamp).collect(Collectors.joining(" "));
            if (!stamp.equals(stamps.put(list, stamp))) {
                read(list);
            }
        }
        return current;
    }

    private static String stamp(Path file) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return found.size() + " " + found.lastModifiedTime().to(TimeUnit.NANOSECONDS) + " " + found.fileKey();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void read(WatchedFiles list) {
        Named before = named(list.name(), current);
        int others = current.lists().stream()
                .filter(it -> !it.name().equals(list.name()))
                .mapToInt(it -> it.list().entries())
                .sum();
        try {
            WatchList read = WatchList.read(list.files(), WatchLists.MOST_ENTRIES - others);
            List<Named> lists = new ArrayList<>(current.lists());
            lists.set(lists.indexOf(before), new Named(list.name(), read));
            current = new WatchLists(lists);
        } catch (IOException | RuntimeException e) {
            notices.accept(new Notice(
                    Notice.Kind.WATCH_LIST_FAILED,
                    "watch list not read: %s: %s; its %d earlier entries stay in effect; correct the file"
                            .formatted(
                                    list.name(),
                                    e instanceof IOException ? e.getMessage() : e.toString(),
                                    before.list().entries())));
        }
    }

    @Override
    public void close() {}
}
