// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Flows, owners and notices as plain data. Also the form in which their values are written.
 *
 * <p>Imports the JDK only.
 *
 * <p>Invariant: does no I/O, and holds no value that was guessed: unknown is null or a named constant. Text that processes
 * chose is {@link net.conntracklogger.flow.RawText} until it becomes a {@link net.conntracklogger.flow.PrintableText}.
 *
 * <p>Records that are compared for each flow, or while the service starts, define equals and hashCode. The compiler's take some
 * 100 ns instead of 3, because the JVM's C1 does not inline them, and 20 ms before the first use.
 *
 * <p>The words of the project:
 *
 * <ul>
 *   <li><b>owner</b>: the process that owns one side of a flow. To <b>attribute</b> a flow is to find its owner; a flow
 *       without a known owner is <b>unattributed</b>
 *   <li><b>record</b>: what a BPF program writes about a flow or a process image
 *   <li><b>lookup</b>: a query of a map, a table or a socket
 *   <li><b>evicted</b>: gone from an LRU map; <b>dropped</b>: did not fit, counted with its place; <b>eviction mark</b>: a
 *       sign that a record existed
 *   <li><b>initiator</b>, <b>responder</b>: the first sender and its peer; <b>side</b>: one of the two
 *   <li><b>acceptor</b>, <b>listener</b>: the process whose listening socket got the packet
 *   <li><b>original tuple</b>, <b>reply tuple</b>: the two directions that conntrack stores; <b>reversed</b>: source and
 *       destination swapped; <b>translated</b>: NAT changed the reply tuple
 *   <li><b>new</b>: conntrack sent a NEW event; <b>existing</b>: in the conntrack table at start; <b>midstream</b>: picked up
 *       by conntrack mid-connection; <b>end</b>: conntrack sent a DESTROY event, or the flow is gone without one (unseen)
 *   <li><b>destination name</b>: the name that this host resolved to the destination, FLOW_DNAME
 *   <li><b>unit</b>, <b>cgroup</b>, <b>invocation</b>, <b>service manager</b>: as systemd uses these words
 *   <li><b>holder</b>: a process with a descriptor of the socket
 *   <li><b>host namespace</b>: the network namespace of the service; <b>tracking enabled</b>: conntrack is active in it
 *   <li><b>unknown</b> is a value, <b>absent</b> a field, <b>available</b> a source
 * </ul>
 */
package net.conntracklogger.flow;
