// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Reads processes and control groups from /proc and /sys/fs/cgroup. A class is named after the file that it reads.
 *
 * <p>Imports {@code flow} and {@code linux}.
 *
 * <p>Invariant: opens no file outside of /proc and /sys, but for the boot time below /run. What is returned of a process belongs
 * to one process image, not partly to another that got the same pid.
 */
package net.conntracklogger.process;
