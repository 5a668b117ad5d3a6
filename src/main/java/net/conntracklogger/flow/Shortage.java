// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * Numbers of BPF records that were dropped or evicted since the start. They were dropped because a map was full, or
 * evicted before the lookup. A lower bound: an eviction is not counted if another flow overwrote its mark.
 *
 * @param flows flow records, bounded by KernelFlows=
 * @param processes process images, command lines and cgroup paths, bounded by KernelProcesses=
 */
public record Shortage(long flows, long processes) {}
