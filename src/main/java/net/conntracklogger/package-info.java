// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * One pipe, from the kernel to the journal.
 *
 * <pre>
 *  nf_conntrack ──NEW──▶ netfilter ──FlowEvent──▶ attribution ──AttributedFlow──▶ (bounded queue) ──▶ entry ──▶ journal
 *  eBPF programs ──owner of a tuple──▶ maps in the kernel ──look──┘             │                        ╰────▶ output
 *  systemd-resolved ──answers──▶ resolved ──names of an address──────────look───┘
 * </pre>
 *
 * <p>Two threads do the work. {@code flow-reader} receives, decodes, finds the owner and queues; it never waits for the
 * journal. {@code flow-writer} takes, formats and writes; it may block on journald. Main waits for a signal and keeps
 * systemd informed. What cannot be queued or written is counted in {@link net.conntracklogger.LossLedger} and reported in
 * the same journal. Order is kept: a flow whose owner the kernel is about to note holds up those behind it, for a tenth of
 * a second at most. A third, {@code name-reader}, takes in what systemd-resolved answers, where that runs; then flows that
 * leave this host wait for another tenth of a second, as an answer is told of later than it is given.
 *
 * <p>What may take long to find out (a user's name, what an executable holds) is asked for by the reader and found out by
 * {@code account-names} and {@code executable-digests}, which may hang without holding up anything else; the writer waits for an answer
 * a bounded time, and only while the queue is half empty. {@code unit-watch} notes which run of which unit is on.
 *
 * <p>Imports go one way: {@code flow}, the vocabulary, knows the JDK alone; {@code entry} turns it into the fields of the
 * contract and is all that {@code journal} and {@code output} share; {@code netfilter}, {@code attribution},
 * {@code journal}, {@code output}, {@code resolved}, {@code systemd} and {@code config} never know each other; this package
 * wires them. {@code ControlGroup} is part of the vocabulary, since both who finds an owner and who writes it need it.
 */
package net.conntracklogger;
