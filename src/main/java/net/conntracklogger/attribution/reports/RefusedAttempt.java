// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.reports;

import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Obstacle;
import net.conntracklogger.flow.Owner;

/**
 * An attempt of a local socket that did not become a flow, as recorded.
 *
 * @param tuple as conntrack would have reported it; the source is unspecified, and its port 0, if the kernel had chosen none yet
 * @param time nanoseconds of CLOCK_MONOTONIC
 * @param device index of the device that the packet would have left by; 0 if unknown
 */
public record RefusedAttempt(FlowTuple tuple, long time, int device, Obstacle obstacle, Owner owner) {}
