// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.JournalField.*;

import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.TextForm;

/** Puts the fields of a flow's owner, {@code PID_*}, and peer, {@code PEER_*}. */
final class OwnerFields {
    /** {@link ControlGroup#ownerUid()} of a group that belongs to no user. */
    private static final int NO_OWNER = -1;

    private final EntryFields fields;

    OwnerFields(EntryFields fields) {
        this.fields = fields;
    }

    void putOwner(Owner owner) {
        if (!fields.putAgain(owner)) {
            boolean complete = putAll(owner);
            if (complete) {
                fields.keep(owner);
            }
        }
    }

    /** Puts all fields, and reports whether no later lookup can find more. */
    private boolean putAll(Owner owner) {
        if (owner.process() != null) {
            putProcess(owner.process());
        } else {
            fields.put(PID_UID, owner.uid(), ProcessInfo.UNKNOWN_ID);
        }
        if (owner.cgroup() != null) {
            putControlGroup(owner.cgroup());
        }
        fields.put(PID_INVOCATION_ID, owner.identity().invocation(), TextForm.VALUE);
        boolean complete = putLookups(owner.identity());
        if (owner.source() != null) {
            fields.putWord(PID_SOURCE, owner.source().text());
        }
        if (owner.reason() != null) {
            fields.putWord(PID_REASON, owner.reason().text());
        }
        return complete;
    }

    private boolean putLookups(Identity identity) {
        String user = identity.user().get();
        String digest = identity.exeDigest().get();
        fields.put(PID_USER, user, TextForm.VALUE);
        fields.put(PID_EXE_SHA256, digest, TextForm.VALUE);
        return (user != null || identity.user() == Identity.UNKNOWN.user())
                && (digest != null || identity.exeDigest() == Identity.UNKNOWN.exeDigest());
    }

    private void putProcess(ProcessInfo process) {
        fields.put(PID, process.pid());
        fields.put(PID_START, process.start());
        fields.put(PID_UID, process.uid());
        fields.put(PID_GID, process.gid());
        if (process.effectiveUid() != process.uid()) {
            fields.put(PID_EUID, process.effectiveUid(), ProcessInfo.UNKNOWN_ID);
        }
        fields.put(PID_LOGINUID, process.loginUid(), ProcessInfo.UNKNOWN_ID);
        fields.putShort(PID_COMM, process.comm());
        fields.put(PID_EXE, process.exe());
        fields.put(PID_CMDLINE, process.commandLine());
        fields.put(PID_PPID, process.parent(), /* unknown= */ 0);
        fields.put(PID_ANCESTRY, process.ancestry());
    }

    private void putControlGroup(ControlGroup group) {
        fields.put(PID_CGROUP, group.path(), TextForm.TEXT);
        fields.put(PID_SERVICE, group.service(), TextForm.TEXT);
        fields.put(PID_UNIT, group.unit(), TextForm.TEXT);
        fields.put(PID_USER_UNIT, group.userUnit(), TextForm.TEXT);
        fields.put(PID_SLICE, group.slice(), TextForm.TEXT);
        fields.put(PID_SESSION, group.session(), TextForm.TEXT);
        fields.put(PID_OWNER_UID, group.ownerUid(), NO_OWNER);
        fields.put(PID_CONTAINER, group.container(), TextForm.VALUE);
        fields.put(PID_MACHINE, group.machine(), TextForm.VALUE);
    }

    void putPeer(Owner peer) {
        ProcessInfo process = peer.process();
        if (process != null) {
            fields.put(PEER_PID, process.pid());
            fields.putShort(PEER_COMM, process.comm());
            fields.put(PEER_EXE, process.exe());
            fields.put(PEER_CMDLINE, process.commandLine());
        }
        fields.put(PEER_UID, peer.uid(), ProcessInfo.UNKNOWN_ID);
        if (peer.cgroup() != null) {
            fields.put(PEER_SERVICE, peer.cgroup().service(), TextForm.TEXT);
        }
    }
}
