// SPDX-License-Identifier: GPL-3.0-or-later

/**
 * Calls of libbpf and consistent reads of BPF maps. Imports {@code linux} only. Invariant: knows no program, map or record
 * layout of this project.
 */
package net.conntracklogger.linux.bpf;
