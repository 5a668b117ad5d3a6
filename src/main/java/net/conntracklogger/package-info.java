// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The service: wiring, start and stop. The way of a flow, from the kernel to the journal:
 *
 * <pre>
 *  conntrack ──▶ netfilter ──FlowEvent──▶ capture ──AttributedFlow──▶ delivery (queue) ──▶ entry ──▶ journal or output
 *                                         │     ▲
 *                                         ▼     │ Owner, Direction
 *  BPF maps, sockets, /proc ──────────▶ attribution          BPF ring buffer ──DNS answers──▶ names ──▶ capture
 * </pre>
 *
 * <p>Threads:
 *
 * <ul>
 *   <li>{@code main} starts and stops the service, keeps systemd informed and calls the watches of {@code health}.
 *   <li>{@code flow-reader} reads events, attributes and names flows, and queues them. It never waits for the journal. A
 *       flow waits up to 100 ms for the record of its owner. Flows behind it wait too, so that the order is kept.
 *   <li>{@code flow-writer} takes flows from the queue and writes entries. It may block on journald.
 *   <li>{@code name-reader} reads the DNS answers that BPF programs copy. {@code flow-reader} reads them too before it
 *       names a flow.
 *   <li>{@code unit-watch} keeps the invocations of units up to date.
 *   <li>{@code account-names} and {@code executable-digests} look up user names and hash executables. They may hang without
 *       holding up others: the writer waits for a result only for a limited time, and only while the queue is half empty.
 *   <li>{@code stored-entries} counts the entries that journald has stored, three times a minute.
 *   <li>{@code table-statistics} reads counts of the conntrack table, for which it may wait for a lock of the kernel.
 * </ul>
 *
 * <p>Imports all packages except {@code cli}. Invariant: no step of a flow is here; this package only connects them.
 */
package net.conntracklogger;
