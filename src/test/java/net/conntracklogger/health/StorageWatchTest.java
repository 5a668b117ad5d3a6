// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.Test;

class StorageWatchTest {
    private boolean stores = true;
    private final StorageWatch watch = new StorageWatch(() -> stores);

    @Test
    void reportsNothingWhileAllIsStored() {
        assertEquals(Optional.empty(), watch.check());
        assertEquals("", watch.status());
    }

    @Test
    void reportsTheBeginningAndTheEndOnce() {
        stores = false;
        assertEquals(Notice.Kind.ENTRIES_DROPPED, watch.check().orElseThrow().kind());
        assertEquals(Optional.empty(), watch.check());
        assertEquals("journald drops entries", watch.status());
        stores = true;
        assertEquals(
                new Notice(Notice.Kind.ENTRIES_STORED, "journald stores all entries again"),
                watch.check().orElseThrow());
        assertEquals(Optional.empty(), watch.check());
        assertEquals("", watch.status());
    }
}
