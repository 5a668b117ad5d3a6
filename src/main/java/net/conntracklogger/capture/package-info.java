// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The stage of thread {@code flow-reader}. Reads events, attributes and names each flow, and queues the flows to log.
 * Imports {@code netfilter}, {@code attribution}, {@code names}, {@code delivery} and what these import.
 * Invariant: never blocks on the journal, NSS or a file system that users control; flows keep the order of their
 * events.
 */
package net.conntracklogger.capture;
