// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.names;

import java.util.List;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.IpAddress;

/** Knows the names of addresses. */
@FunctionalInterface
public interface NameSource {
    /**
     * Returns the names that can have led to the address, the most recent first. A flow to the address can have been
     * opened by any of them.
     *
     * @param began when the flow began, microseconds since the epoch
     */
    List<DestinationName> of(IpAddress address, long began);
}
