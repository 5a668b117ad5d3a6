// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

/**
 * Counts of what this network namespace's conntrack table did not hold. They are of all CPUs, since the namespace
 * exists. Each wraps at 2^32.
 *
 * @param dropped packets that were dropped, because the table was full or the flow could not be inserted
 * @param evicted flows that were removed early to make room ({@code early_drop})
 * @param uninserted flows that could not be inserted ({@code insert_failed}), such as a second one of the same tuple
 */
public record TableCounts(long dropped, long evicted, long uninserted) {
    private static final long MASK = 0xffff_ffffL;

    /** No packet and no flow. */
    public static final TableCounts NONE = new TableCounts(0, 0, 0);

    /** Returns the counts since an earlier reading. */
    public TableCounts since(TableCounts before) {
        return new TableCounts(
                dropped - before.dropped & MASK,
                evicted - before.evicted & MASK,
                uninserted - before.uninserted & MASK);
    }

    TableCounts plus(TableCounts other) {
        return new TableCounts(dropped + other.dropped, evicted + other.evicted, uninserted + other.uninserted);
    }

    /**
     * Reports whether the table was full. {@code nf_conntrack_in()} counts a packet as dropped if the table is full, and
     * {@code nf_ct_resolve_clash()} if the flow cannot be inserted, then with {@code insert_failed}.
     */
    public boolean isFull() {
        return evicted > 0 || dropped > uninserted;
    }
}
