// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import net.conntracklogger.answer.Witness;
import net.conntracklogger.history.query.Host;

/** A host, and what is known of the completeness of its log. */
public record HostLog(Host host, Witness witness) {}
