// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.Test;

class SnapshotWatchTest {
    private long notExamined;
    private final SnapshotWatch watch = new SnapshotWatch(65_536, () -> notExamined);

    @Test
    void reportsNothingIfAllDescriptorsAreExamined() {
        assertEquals(Optional.empty(), watch.check());
        assertEquals(Optional.empty(), watch.finish());
    }

    @Test
    void reportsOnceHowManyAreNotExamined() {
        assertEquals(Optional.empty(), watch.check());
        notExamined = 1000;
        Notice notice = watch.check().orElseThrow();
        assertEquals(Notice.Kind.SOCKETS_LEFT_OUT, notice.kind());
        assertEquals(
                "existing flows may be unattributed: 1000 of 66536 socket descriptors not examined at start",
                notice.text());
        assertEquals(Optional.empty(), watch.check());
        assertEquals(Optional.empty(), watch.finish());
    }

    @Test
    void reportsItAtTheEndIfTheServiceStopsAtOnce() {
        notExamined = 1;
        assertEquals(Notice.Kind.SOCKETS_LEFT_OUT, watch.finish().orElseThrow().kind());
    }
}
