// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import org.junit.jupiter.api.Test;

class StartNoticesTest {
    private static final Notice EARLY = new Notice(Notice.Kind.KERNEL_ATTRIBUTION, "early");
    private static final Loss LATE = new Loss(Loss.Place.OWNER, 1, 2, 3);

    private final StartNotices notices = new StartNotices();
    private final List<Observation> reported = new ArrayList<>();

    @Test
    void waitForTheOneThatTheLogIsComplete() {
        notices.add(EARLY);
        assertEquals(List.of(), reported);
        notices.reportComplete(reported::add, /* continued= */ true);
        assertEquals(Notice.Kind.LOG_CONTINUED, ((Notice) reported.get(0)).kind());
        assertEquals(List.of(EARLY), reported.subList(1, reported.size()));
    }

    /** The watches of the BPF layer report losses through these notices as long as the service runs. */
    @Test
    void doNotWaitAfterTheStart() {
        notices.reportComplete(reported::add, /* continued= */ true);
        notices.add(LATE);
        assertEquals(List.of(LATE), reported.subList(1, reported.size()));
    }
}
