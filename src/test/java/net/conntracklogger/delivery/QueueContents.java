// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.Observation;

/** Shows other packages what is in a queue. */
public final class QueueContents {
    private QueueContents() {}

    /** Takes all observations. */
    public static List<Observation> drain(ObservationQueue queue) throws InterruptedException {
        List<Observation> all = new ArrayList<>();
        for (Observation next = queue.poll(0); next != null; next = queue.poll(0)) {
            all.add(next);
        }
        return all;
    }

    /** Declares that all observations that were taken are written. */
    public static void confirm(ObservationQueue queue) {
        queue.confirm();
    }
}
