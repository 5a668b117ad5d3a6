// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import net.conntracklogger.concurrent.Resources;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.health.SysctlWatch;
import net.conntracklogger.health.TableWatch;
import net.conntracklogger.health.Watch;
import net.conntracklogger.netfilter.TableStatistics;

/** Opens the watches over what keeps flows out of the log although the service runs. */
final class BlindnessWatches {
    private final Resources resources;
    private final Consumer<Observation> report;
    private final List<Watch> watches = new ArrayList<>();

    /**
     * Opens no watch yet.
     *
     * @param resources own what the watches use
     * @param report receives losses, and is called by the thread that checks
     */
    BlindnessWatches(Resources resources, Consumer<Observation> report) {
        this.resources = resources;
        this.report = report;
    }

    /** Opens the watches over conntrack. */
    List<Watch> open(RequiredSysctls sysctls, boolean ends) throws IOException {
        watches.add(new SysctlWatch(() -> sysctls.restore(ends), report, System::nanoTime, EpochMicros::now));
        TableStatistics statistics = resources.add(TableStatistics.open());
        watches.add(new TableWatch(statistics::read, report, System::nanoTime, EpochMicros::now));
        return watches;
    }
}
