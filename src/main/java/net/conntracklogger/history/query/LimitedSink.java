// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

/** Passes a number of rows on. Not thread-safe. */
public final class LimitedSink implements RowSink {
    private final RowSink sink;
    private long left;
    private boolean wantsMore;

    public LimitedSink(RowSink sink, long limit) {
        this.sink = sink;
        this.left = limit;
        this.wantsMore = limit > 0;
    }

    @Override
    public boolean take(FlowRow row) {
        if (wantsMore) {
            left--;
            wantsMore = sink.take(row) && left > 0;
        }
        return wantsMore;
    }

    /** Returns how many rows may still be passed. */
    public long left() {
        return left;
    }

    /** Reports whether more rows may be passed. */
    public boolean wantsMore() {
        return wantsMore;
    }
}
