// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

/** Takes rows one by one. */
@FunctionalInterface
public interface RowSink {
    /** Takes a row. Returns false if it wants no more. */
    boolean take(FlowRow row);
}
