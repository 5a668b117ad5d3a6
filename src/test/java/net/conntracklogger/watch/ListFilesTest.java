// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.config.WatchedFiles;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.RawText;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The flow is that of {@link Flows#outbound()}, to 195.24.232.208. */
class ListFilesTest {
    private static final AttributedFlow FLOW = Flows.outbound();

    @TempDir
    private Path directory;

    private Path one;
    private Path other;
    private final List<Notice> notices = new ArrayList<>();
    private ListFiles files;

    @BeforeEach
    void open() {
        one = directory.resolve("one");
        other = directory.resolve("other");
        files = files(
                WatchLists.NONE, new WatchedFiles("one", List.of(one)), new WatchedFiles("other", List.of(other)));
    }

    private ListFiles files(WatchLists before, WatchedFiles... watched) {
        return new ListFiles(List.of(watched), before, notices::add);
    }

    private List<String> texts() {
        List<String> texts = notices.stream().map(Notice::text).toList();
        notices.clear();
        return texts;
    }

    private String match() {
        return files.read().match(FLOW);
    }

    @Test
    void namesTheFirstListThatMatches() throws IOException {
        Files.writeString(one, "192.0.2.1");
        Files.writeString(other, "195.24.232.0/24");
        assertEquals("other", match());
        Files.writeString(one, "195.24.0.0/16 # now here, too");
        assertEquals("one", match());
    }

    @Test
    void matchesNames() throws IOException {
        Files.writeString(one, "example.org");
        Files.writeString(other, "");
        DestinationName name = new DestinationName(RawText.of("www.example.org"), Flows.BEGAN);
        assertNull(match());
        assertEquals("one", files.read().match(FLOW.withNames(List.of(name))));
    }

    @Test
    void readsOnlyWhatHasChanged() throws IOException {
        Files.writeString(one, "192.0.2.1");
        Files.writeString(other, "192.0.2.2\n192.0.2.3");
        WatchLists lists = files.read();
        assertEquals(List.of(1, 2), entries(lists));
        assertSame(lists, files.read());
        Files.delete(other);
        Files.writeString(other, "192.0.2.4");
        WatchLists changed = files.read();
        assertEquals(List.of(1, 1), entries(changed));
        assertSame(lists.lists().get(0), changed.lists().get(0));
        assertEquals(List.of(), texts());
    }

    private static List<Integer> entries(WatchLists lists) {
        return lists.lists().stream().map(it -> it.list().entries()).toList();
    }

    @Test
    void keepsTheListBeforeABrokenOne() throws IOException {
        Files.writeString(one, "195.24.232.208");
        Files.writeString(other, "");
        assertEquals("one", match());
        Files.writeString(one, "195.24.232.208\n<html>\n");
        assertEquals("one", match());
        assertEquals("one", match());
        assertEquals(
                List.of("watch list not read: one: " + one + ":2: '<html>' is no address, network or name;"
                        + " its 1 earlier entries stay in effect; correct the file"),
                texts());
        Files.writeString(one, "192.0.2.1");
        assertNull(match());
    }

    @Test
    void waitsForAFileThatIsMissing() throws IOException {
        Files.writeString(other, "");
        assertNull(match());
        assertEquals(
                "watch list not read: one: " + one
                        + ": no such file; its 0 earlier entries stay in effect; correct the file",
                texts().get(0));
        Files.writeString(one, "195.24.232.208");
        assertEquals("one", match());
    }

    @Test
    void keepsListsOfTheConfigurationBeforeUntilTheyAreRead() throws IOException {
        Files.writeString(one, "195.24.232.208");
        Files.writeString(other, "");
        WatchLists before = files.read();
        files = files(before, new WatchedFiles("new", List.of(other)), new WatchedFiles("one", List.of(one)));
        assertEquals("one", files.current().match(FLOW));
        Files.writeString(one, "192.0.2.1");
        assertNull(match());
    }
}
