// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.netfilter.tracking.ConntrackSysctls;

/** The conntrack sysctls that {@code Events=} and {@code Existing=} require. Closing closes {@link ConntrackSysctls}. */
final class RequiredSysctls implements Closeable {
    private static final List<String> OFF = List.of("0");
    /** 2 (default): the kernel sends events only of flows that begin while a listener exists. */
    private static final List<String> OFF_OR_AUTO = List.of("0", "2");

    private final ConntrackSysctls sysctls;
    private boolean times;

    /** Creates the object and changes no sysctl yet. Closes {@code sysctls} when it is closed. */
    RequiredSysctls(ConntrackSysctls sysctls) {
        this.sysctls = sysctls;
    }

    /**
     * Sets the sysctls. They affect flows that begin from now on.
     *
     * @param ends whether ends are received
     * @param existing whether existing flows are logged
     * @return a notice of the sysctls that were changed, and one of those that cannot be set
     */
    List<Notice> set(boolean ends, boolean existing) {
        boolean events = sysctls.switchOn(ConntrackSysctls.EVENTS, ends ? OFF_OR_AUTO : OFF);
        boolean counts = !ends || sysctls.switchOn(ConntrackSysctls.ACCOUNTING, OFF);
        boolean needsTimes = ends || existing;
        times = needsTimes && sysctls.switchOn(ConntrackSysctls.TIMESTAMP, OFF);
        List<Notice> notices = new ArrayList<>();
        if (!sysctls.changes().isEmpty()) {
            notices.add(new Notice(
                    Notice.Kind.CONNTRACK_SYSCTLS_SET,
                    "sysctls set until the service stops: net.netfilter."
                            + String.join(", net.netfilter.", sysctls.changes())));
        }
        if (!events || !counts || needsTimes && !times) {
            List<String> effects = new ArrayList<>();
            if (!events) {
                effects.add("flows may be missing");
            }
            if (!counts || ends && !times) {
                effects.add("entries of ends and of progress lack bytes or duration");
            }
            if (existing && !times) {
                effects.add("flows that are lost in the kernel are not found again");
            }
            notices.add(new Notice(
                    Notice.Kind.CONNTRACK_SYSCTLS_REFUSED,
                    "sysctls not set: %s; %s; set them in /etc/sysctl.d"
                            .formatted(String.join("; ", sysctls.failures()), String.join(", ", effects))));
        }
        return notices;
    }

    /** Reports whether the kernel records when a flow begins. */
    boolean recordTimes() {
        return times;
    }

    /** Sets those again that are off. Returns their names, each with the error, or with an empty text if it is on again. */
    Map<String, String> restore(boolean ends) {
        Map<String, String> off = new LinkedHashMap<>();
        restore(ConntrackSysctls.EVENTS, ends ? OFF_OR_AUTO : OFF, off);
        if (ends) {
            restore(ConntrackSysctls.ACCOUNTING, OFF, off);
        }
        if (times) {
            restore(ConntrackSysctls.TIMESTAMP, OFF, off);
        }
        return off;
    }

    private void restore(String name, List<String> from, Map<String, String> off) {
        try {
            if (sysctls.restore(name, from)) {
                off.put(name, "");
            }
        } catch (IOException e) {
            off.put(name, e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        sysctls.close();
    }
}
