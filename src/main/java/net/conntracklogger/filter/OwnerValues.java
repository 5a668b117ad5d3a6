// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.List;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;

/** Compares values of an owner with patterns. */
final class OwnerValues {
    /** A text of a cgroup; null if the cgroup has none. */
    interface CgroupText {
        String of(ControlGroup cgroup);
    }

    /** A text of a process; null if unknown. */
    interface ProcessText {
        RawText of(ProcessInfo process);
    }

    private OwnerValues() {}

    /** Reports whether it is certain that no process of this host owns the flow. */
    static boolean isNone(Owner owner) {
        return owner.reason() != null
                && switch (owner.reason()) {
                    case KERNEL, FORWARDED, NO_LISTENER -> true;
                    default -> false;
                };
    }

    static boolean isUserKnown(Owner owner) {
        return owner.uid() != ProcessInfo.UNKNOWN_ID && (owner.process() != null || owner.source() != null);
    }

    /** Reports whether the process is in no container, as far as its cgroup shows. */
    static boolean isOfHost(Owner owner) {
        return owner.cgroup() != null
                && owner.cgroup().container() == null
                && owner.cgroup().machine() == null;
    }

    static Truth matchesCgroup(List<Glob> patterns, Owner owner, CgroupText text) {
        if (owner.cgroup() == null) {
            return isNone(owner) ? Truth.NO : Truth.UNKNOWN;
        }
        String value = text.of(owner.cgroup());
        for (int i = 0; value != null && i < patterns.size(); i++) {
            if (patterns.get(i).matches(value)) {
                return Truth.YES;
            }
        }
        return Truth.NO;
    }

    static Truth matchesProcess(List<Glob> patterns, Owner owner, ProcessText text) {
        RawText value = owner.process() == null ? null : text.of(owner.process());
        if (value == null) {
            return isNone(owner) ? Truth.NO : Truth.UNKNOWN;
        }
        return Truth.of(matches(patterns, value));
    }

    static boolean matchAny(List<Glob> patterns, List<DestinationName> names) {
        for (int i = 0; i < names.size(); i++) {
            if (matches(patterns, names.get(i).text())) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(List<Glob> patterns, RawText value) {
        for (int i = 0; i < patterns.size(); i++) {
            if (patterns.get(i).matches(value.printable())) {
                return true;
            }
        }
        return false;
    }
}
