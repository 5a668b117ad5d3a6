// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.coverage;

import static net.conntracklogger.entry.JournalField.*;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;

/**
 * Finds gaps in a log by the entries of the service and about it. These are losses and notices of the service, and what
 * the service manager and journald report. Takes them in the order of the log, from its begin. Not thread-safe.
 */
public final class GapFinder {
    /**
     * Id of an entry about a unit that has started ({@code systemd/sd-messages.h}). {@code ENDED} are those of a unit
     * that stops, has stopped or failed, or whose process ended.
     */
    private static final String STARTED = "39f53479d3a045ac8e11786248231fbf";

    private static final List<String> ENDED = List.of(
            "de5b426a63be47a7b6ac3eaac82e2f6f",
            "9d1aaa27d60140bd96365438aad20286",
            "d9b373ed55a64feb8242e02dbe79a49c",
            "98e322203f7a4ed290d09fe03c09fe15");
    private static final String SUPPRESSED = "a596d6fe7bfa4994828e72309e95d61e";

    private static final String UNIT = "conntrack-logger.service";

    /** Clocks are adjusted by less than this without being set, in microseconds. */
    private static final long SLEWED_MICROS = 1_000_000;

    /** Two intervals in which the service reports losses. */
    private static final long LASTING_MICROS = 2_000_000;

    private static final long NONE = -1;

    private final List<Gap> gaps = new ArrayList<>();
    /** Places of the last losses, by where flows were lost. */
    private final Map<String, Integer> losses = new HashMap<>();

    private FlowRow last;
    private long downSince = NONE;
    private long untrackedSince = NONE;

    /** Takes the next entry. */
    public void add(FlowRow row) {
        if (last != null && last.boot() != 0 && row.boot() != 0) {
            checkClockAndBoot(row);
        }
        String id = row.get(MESSAGE_ID);
        if (STARTED.equals(id)) {
            endDown(row.time());
            endUntracked(row.time());
        } else if (MessageId.LOG_CONTINUED.text().equals(id)) {
            downSince = NONE; // what happened while the service was down is logged
        } else if (id != null && ENDED.contains(id)) {
            downSince = downSince == NONE ? row.time() : downSince;
        } else if (MessageId.TRACKING_INACTIVE.text().equals(id)) {
            untrackedSince = untrackedSince == NONE ? row.time() : untrackedSince;
        } else if (MessageId.TRACKING_ACTIVE.text().equals(id)) {
            endUntracked(row.time());
        } else if (MessageId.ARCHIVE_GAP.text().equals(id)) {
            addLoss(Gap.Kind.VACUUMED, row);
        } else if (Loss.Place.DOWN.text().equals(row.get(LOST_WHERE))) {
            gaps.add(new Gap(
                    Gap.Kind.DOWN, row.number(LOST_SINCE, 0), row.number(LOST_UNTIL, row.time()), Gap.UNKNOWN, ""));
        } else if (row.get(LOST_WHERE) != null) {
            addLoss(Gap.Kind.LOST, row);
        } else if (SUPPRESSED.equals(id) && String.valueOf(row.get(MESSAGE)).contains(UNIT)) {
            addSuppressed(row);
        }
        last = row;
    }

    private void addLoss(Gap.Kind kind, FlowRow row) {
        Gap gap = new Gap(
                kind,
                row.number(LOST_SINCE, 0),
                row.number(LOST_UNTIL, row.time()),
                row.number(LOST_COUNT, Gap.UNKNOWN),
                Objects.requireNonNullElse(row.get(LOST_WHERE), ""));
        Integer place = losses.get(gap.detail());
        if (kind == Gap.Kind.LOST && place != null && continues(gaps.get(place), gap)) {
            gaps.set(place, joined(gaps.get(place), gap));
        } else {
            gaps.add(gap);
            if (kind == Gap.Kind.LOST) {
                losses.put(gap.detail(), gaps.size() - 1);
            }
        }
    }

    /** Reports whether a loss goes on that the service has reported before. It reports one that lasts every second. */
    private static boolean continues(Gap before, Gap gap) {
        return gap.since() >= before.since() && gap.since() - before.until() <= LASTING_MICROS;
    }

    private static Gap joined(Gap before, Gap gap) {
        boolean counted = before.count() != Gap.UNKNOWN && gap.count() != Gap.UNKNOWN;
        return new Gap(
                before.kind(),
                before.since(),
                Math.max(before.until(), gap.until()),
                counted ? before.count() + gap.count() : Gap.UNKNOWN,
                before.detail());
    }

    /** Adds a gap from the entry before. journald says only with a later entry that it dropped some, and not when. */
    private void addSuppressed(FlowRow row) {
        String count = row.get(MESSAGE).replaceFirst("^Suppressed (\\d{1,18}) messages .*", "$1");
        gaps.add(new Gap(
                Gap.Kind.SUPPRESSED,
                last == null ? 0 : last.time(),
                row.time(),
                count.matches("\\d+") ? Long.parseLong(count) : Gap.UNKNOWN,
                UNIT));
    }

    private void checkClockAndBoot(FlowRow row) {
        if (row.boot() != last.boot()) {
            // The host ended without stopping the service, or the entries about that are lost.
            downSince = downSince == NONE ? last.time() : downSince;
            return;
        }
        long before = last.time() - last.monotonic();
        long setBack = before - (row.time() - row.monotonic());
        if (setBack > SLEWED_MICROS) {
            // At the latest when this entry came, the clock jumped. Times before the jump occur again after it.
            long latest = before + row.monotonic();
            gaps.add(new Gap(Gap.Kind.CLOCK_SET_BACK, last.time() - setBack, latest, Gap.UNKNOWN, ""));
        }
    }

    private void endDown(long time) {
        if (downSince != NONE) {
            gaps.add(new Gap(Gap.Kind.DOWN, Math.min(downSince, time), time, Gap.UNKNOWN, ""));
            downSince = NONE;
        }
    }

    private void endUntracked(long time) {
        if (untrackedSince != NONE) {
            gaps.add(new Gap(Gap.Kind.UNTRACKED, untrackedSince, time, Gap.UNKNOWN, ""));
            untrackedSince = NONE;
        }
    }

    /** Reports whether the service runs after the last entry. */
    public boolean isRunning() {
        return downSince == NONE;
    }

    /** Returns the gaps that overlap a span, in the order of their begin. Those that have not ended go on for ever. */
    public List<Gap> in(TimeSpan span) {
        List<Gap> all = new ArrayList<>(gaps);
        if (downSince != NONE) {
            all.add(new Gap(Gap.Kind.DOWN, downSince, Long.MAX_VALUE, Gap.UNKNOWN, ""));
        }
        if (untrackedSince != NONE) {
            all.add(new Gap(Gap.Kind.UNTRACKED, untrackedSince, Long.MAX_VALUE, Gap.UNKNOWN, ""));
        }
        all.removeIf(gap -> !gap.overlaps(span));
        all.sort(Comparator.comparingLong(Gap::since));
        return withoutRepeats(all);
    }

    /** Joins the times in which the service did not run. systemd and the service itself report each. */
    private static List<Gap> withoutRepeats(List<Gap> all) {
        List<Gap> joined = new ArrayList<>();
        int down = -1;
        for (Gap gap : all) {
            Gap before = down < 0 ? null : joined.get(down);
            if (gap.kind() == Gap.Kind.DOWN && before != null && gap.since() <= before.until()) {
                long until = Math.max(before.until(), gap.until());
                joined.set(down, new Gap(Gap.Kind.DOWN, before.since(), until, Gap.UNKNOWN, ""));
                continue;
            }
            if (gap.kind() == Gap.Kind.DOWN) {
                down = joined.size();
            }
            joined.add(gap);
        }
        return joined;
    }
}
