// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Loads the BPF programs of {@code src/main/bpf} and attaches them to the root cgroup. Imports {@code process}, {@code flow}
 * and {@code linux}.
 *
 * <p>Invariant: a program that the kernel refuses does not take the others down.
 */
package net.conntracklogger.attribution.programs;
