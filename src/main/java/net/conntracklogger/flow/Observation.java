// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** What goes down the pipeline, in this order, and becomes one entry each. */
public sealed interface Observation permits AttributedFlow, Loss, Notice {

    /** Bytes of heap that it holds, roughly. */
    int retainedBytes();
}
