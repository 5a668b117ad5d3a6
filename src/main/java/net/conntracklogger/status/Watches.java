// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.health.Watch;

/** The watches of the service. A failure of one does not keep the others from their work. Called by thread main only. */
public final class Watches implements Closeable {
    private final List<Watch> all = new ArrayList<>();
    private final Failures failures;
    private final Consumer<Observation> report;

    /** Starts with none. */
    public Watches(Failures failures, Consumer<Observation> report) {
        this.failures = failures;
        this.report = report;
    }

    /** Adds a watch. */
    public void add(Watch watch) {
        all.add(watch);
    }

    /** Adds watches. */
    public void add(Collection<? extends Watch> watches) {
        all.addAll(watches);
    }

    /** Reports what the watches find. */
    public void check() {
        for (Watch watch : all) {
            try {
                watch.check().ifPresent(report);
            } catch (RuntimeException e) {
                failures.add("watches", e);
            }
        }
    }

    /** Adds what the watches say to the status line. */
    public void addTo(StatusLine line) {
        all.forEach(watch -> line.add(watch.status()));
    }

    /** Reports what the watches have counted since they reported. */
    @Override
    public void close() {
        all.forEach(watch -> watch.finish().ifPresent(report));
    }
}
