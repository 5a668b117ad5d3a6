// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import net.conntracklogger.concurrent.RepeatedReading;
import net.conntracklogger.concurrent.Resources;
import net.conntracklogger.config.Tracking;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.health.SysctlWatch;
import net.conntracklogger.health.TableWatch;
import net.conntracklogger.health.TrackingTableWatch;
import net.conntracklogger.health.TrackingWatch;
import net.conntracklogger.health.Watch;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.TableCounts;
import net.conntracklogger.netfilter.TableStatistics;
import net.conntracklogger.netfilter.tracking.TrackingProbe;
import net.conntracklogger.netfilter.tracking.TrackingTable;

/** Opens the watches over what keeps flows out of the log although the service runs. */
final class BlindnessWatches {
    private static final long READING_MILLIS = 9_000;
    /** Several readings. */
    private static final long SILENT_MILLIS = 30_000;

    /** Before the name of the nft table whose owner systemd keeps. */
    private static final String TABLE = "table-";

    private final Resources resources;
    private final Handover handover;
    private final Consumer<Observation> report;
    private final List<Watch> watches = new ArrayList<>();

    /**
     * Opens no watch yet.
     *
     * @param resources own what the watches use
     * @param handover may have the owner of the nft table
     * @param report receives losses, and is called by the thread that checks
     */
    BlindnessWatches(Resources resources, Handover handover, Consumer<Observation> report) {
        this.handover = handover;
        this.resources = resources;
        this.report = report;
    }

    /**
     * Enables tracking, or leaves it to the administrator, and watches it.
     *
     * @param begun how many flows of the service's own network namespace have begun
     * @param notices receive the notice that tracking was enabled
     */
    void track(Tracking tracking, LongSupplier begun, StartNotices notices) throws IOException {
        if (tracking == Tracking.EXTERNAL) {
            TrackingProbe.checkPermitted();
            watches.add(TrackingWatch.external(begun, TrackingProbe::send, report, System::nanoTime, EpochMicros::now));
            return;
        }
        TrackingTable table = resources.add(table());
        notices.addTrackingEnabled(table.name());
        watches.add(new TrackingTableWatch(table::restore, report, System::nanoTime, EpochMicros::now));
        if (TrackingProbe.isPermitted()) {
            watches.add(TrackingWatch.auto(begun, TrackingProbe::send, report, System::nanoTime, EpochMicros::now));
        }
    }

    /** Takes over the table of the previous process, or adds one. The table is left for the next process. */
    private TrackingTable table() throws IOException {
        for (String name : handover.names()) {
            if (name.startsWith(TABLE)) {
                try {
                    return TrackingTable.adopt(
                            name.substring(TABLE.length()), handover.take(name).orElseThrow());
                } catch (LinuxException e) {
                    handover.complain(e);
                }
            }
        }
        TrackingTable added = TrackingTable.add();
        handover.replace(TABLE + added.name(), added.fd());
        return added;
    }

    /** Watches what conntrack sends. Returns all watches. */
    List<Watch> open(RequiredSysctls sysctls, boolean ends) throws IOException {
        watches.add(new SysctlWatch(() -> sysctls.restore(ends), report, System::nanoTime, EpochMicros::now));
        RepeatedReading<TableCounts> counts = resources.add(
                new RepeatedReading<>("table-statistics", TableStatistics.open(), READING_MILLIS, System::nanoTime));
        watches.add(new TableWatch(() -> counts.latest(SILENT_MILLIS), report, System::nanoTime, EpochMicros::now));
        return watches;
    }
}
