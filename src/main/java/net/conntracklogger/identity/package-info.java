// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Adds to an owner what user space knows. This is the name of its user, the invocation of its unit, and the hash of its
 * executable.
 *
 * <p>Imports {@code flow}, {@code concurrent}, {@code process} and {@code linux}.
 *
 * <p>Invariant: a lookup that may hang, in NSS or in a file system, runs on a thread of its own and delays a flow for a bounded
 * time only. A value that may be that of another time or another file is left out.
 */
package net.conntracklogger.identity;
