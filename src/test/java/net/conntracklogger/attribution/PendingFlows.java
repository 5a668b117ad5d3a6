// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.ReadTime;
import net.conntracklogger.rtnetlink.LocalAddresses;

/** Makes pending flows for tests of other packages. */
public final class PendingFlows {
    private PendingFlows() {}

    /** Returns a flow whose attribution has begun now. */
    public static PendingFlow of(FlowEvent event) throws LinuxException {
        try (LocalAddresses addresses = new LocalAddresses()) {
            long now = System.nanoTime();
            return new PendingFlow(event, null, addresses, false, now, now, new ReadTime(now, 0));
        }
    }
}
