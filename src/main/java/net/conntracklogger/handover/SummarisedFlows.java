// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import java.nio.ByteBuffer;
import java.util.stream.LongStream;
import net.conntracklogger.flow.CommonValues;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowSummary;

/**
 * The number of flows, and of ends, in summaries and in written summaries. If the process is killed, the difference tells the
 * next one what the summaries had that were not written. Each event that is counted has a number in the order of these, which
 * is kept with the event: so it is counted once, whenever the process is killed. Not thread-safe.
 */
final class SummarisedFlows {
    static final int LENGTH = 2048;

    private static final int FLOWS = 0;
    private static final int ENDS = 8;
    /** When the first flow that is in no summary yet began. Microseconds since the epoch; 0: there is none. */
    private static final int SINCE = 16;

    private static final int SUMMARIES = 32;
    /**
     * Length of what is kept of a summary. That is the number of its entry, all flows and all ends up to this summary, and when
     * its first flow began.
     */
    private static final int SUMMARY_LENGTH = 4 * Long.BYTES;

    /** Number of summaries that may wait to be written. */
    private static final int MOST = (LENGTH - SUMMARIES) / SUMMARY_LENGTH;

    /** The mark of the first event. */
    private static final long FIRST_MARK = -2;

    /** Number of an entry that is never written. */
    private static final long NEVER = Long.MAX_VALUE;

    private final ByteBuffer bytes;
    /** The place of the next summary. */
    private int next;
    /** All flows and ends of the summaries so far. */
    private long flows;

    private long ends;

    SummarisedFlows(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** Returns the mark of the next event, which {@link #count} counts. It is less than -1. */
    long mark(boolean end) {
        return end ? -2 * (at(ENDS).get() + 1) - 1 : -2 * (at(FLOWS).get() + 1);
    }

    /** Declares when the first flow that is in no summary yet began. Microseconds since the epoch; 0: there is none. */
    void setSince(long micros) {
        at(SINCE).set(micros);
    }

    /** Declares that a flow that began at this time is about to be counted. */
    void include(long micros) {
        if (at(SINCE).get() == 0) {
            setSince(micros);
        }
    }

    /** Counts the event with a mark, unless it is counted. Ignores what is no mark. */
    void count(long mark) {
        if (mark > FIRST_MARK) {
            return;
        }
        SharedLong counted = at(mark % 2 == 0 ? FLOWS : ENDS);
        counted.set(Math.max(counted.get(), -mark / 2));
    }

    /**
     * Keeps what the summary with the number of an entry has.
     *
     * @param written the number up to which entries are written
     * @return false if too many summaries are not written yet
     */
    boolean add(long entry, long written, FlowSummary summary) {
        // The place after the next keeps the last summary that was written.
        if (entry(next).get() > written || entry((next + 1) % MOST).get() > written) {
            return false;
        }
        flows += summary.count();
        ends += summary.ends();
        entry(next).set(NEVER); // until the counts are those of this summary
        at(offset(next) + Long.BYTES).set(flows);
        at(offset(next) + 2 * Long.BYTES).set(ends);
        at(offset(next) + 3 * Long.BYTES).set(summary.first());
        entry(next).set(entry);
        next = (next + 1) % MOST;
        return true;
    }

    /** Finds the last summary that was written. Later ones are as if they had never been. */
    void recover(long written) {
        long last = 0;
        for (int i = 0; i < MOST; i++) {
            long entry = entry(i).get();
            if (entry > written) {
                setSince(EpochMicros.earliest(LongStream.of(
                        at(SINCE).get(), at(offset(i) + 3 * Long.BYTES).get())));
                entry(i).set(0);
            } else if (entry > last) {
                last = entry;
                next = (i + 1) % MOST;
                flows = at(offset(i) + Long.BYTES).get();
                ends = at(offset(i) + 2 * Long.BYTES).get();
            }
        }
    }

    /**
     * Returns what no summary has.
     *
     * @param until when the last of these flows was received, microseconds since the epoch
     */
    FlowSummary rest(long until) {
        return new FlowSummary(
                CommonValues.NONE,
                at(FLOWS).get() - flows,
                at(ENDS).get() - ends,
                at(SINCE).get(),
                until,
                FlowEnd.NONE,
                FlowSummary.UNCOUNTED,
                FlowSummary.UNCOUNTED);
    }

    private SharedLong entry(int place) {
        return at(offset(place));
    }

    private static int offset(int place) {
        return SUMMARIES + place * SUMMARY_LENGTH;
    }

    private SharedLong at(int offset) {
        return new SharedLong(bytes, offset);
    }
}
