// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Chooses among several processes that hold one socket. Imports {@code process} and the packages below it.
 *
 * <p>Invariant: knows neither BPF records nor sock_diag; both describe a process as a {@link
 * net.conntracklogger.attribution.holders.Holder}.
 */
package net.conntracklogger.attribution.holders;
