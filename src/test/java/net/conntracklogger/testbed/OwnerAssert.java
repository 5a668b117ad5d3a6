// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.ProcFacts;

/** Assertions about an owner. A failure prints the whole flow, once. */
public final class OwnerAssert {
    private static final long THIS_PROCESS = ProcessHandle.current().pid();

    private final Owner owner;
    private final String subject;

    private OwnerAssert(Owner owner, String subject) {
        this.owner = owner;
        this.subject = subject;
        assertNotNull(owner, subject);
    }

    /** Starts assertions about the owner of a flow. */
    public static OwnerAssert assertOwner(AttributedFlow flow) {
        return new OwnerAssert(flow.owner(), "owner of " + flow);
    }

    /** Starts assertions about the accepting process of a flow. */
    public static OwnerAssert assertPeer(AttributedFlow flow) {
        return new OwnerAssert(flow.peer(), "peer of " + flow);
    }

    /** Starts assertions about the owner of a socket. */
    public static OwnerAssert assertOwner(Owner owner) {
        return new OwnerAssert(owner, "" + owner);
    }

    /** Asserts that the owner is the process that runs the tests, and that all its fields are true. */
    public OwnerAssert isThisProcess() throws IOException {
        return isProcess(THIS_PROCESS);
    }

    /** Asserts that the owner is this running process, and that all its fields are true. */
    public OwnerAssert isProcess(long pid) throws IOException {
        ProcessInfo process = process();
        assertEquals(pid, process.pid(), subject);
        ProcFacts facts = ProcFacts.of(pid);
        assertEquals(facts.startMicros(), process.start(), subject);
        assertEquals(facts.uid(), process.uid(), subject);
        assertEquals(facts.uid(), owner.uid(), subject);
        assertEquals(facts.gid(), process.gid(), subject);
        assertEquals(facts.comm(), process.comm().utf8(), subject);
        assertEquals(facts.exe(), process.exe().utf8(), subject);
        assertEquals(facts.commandLine(), process.commandLine().toString(), subject);
        assertEquals(facts.parent(), process.parent(), subject);
        assertTrue(
                facts.controlGroups().contains(owner.cgroup().path()),
                () -> facts.controlGroups() + " lacks the cgroup of " + subject);
        return this;
    }

    /** Asserts that the owner is this ended process, a former child of the process that runs the tests. */
    public OwnerAssert isProcess(EndedProcess ended) {
        ProcessInfo process = process();
        assertEquals(ended.pid(), process.pid(), subject);
        assertTrue(process.commandLine().toString().endsWith(" " + ended.mark()), subject);
        String ancestry = process.comm().utf8() + "(" + ended.pid() + ") < java(" + THIS_PROCESS + ")";
        assertTrue(ancestry(process).startsWith(ancestry), subject);
        return this;
    }

    /** Asserts that the owner is this child of the process that runs the tests, or descends from the child. */
    public OwnerAssert descendsFrom(long child) {
        String link = "(" + child + ") < java(" + THIS_PROCESS + ")";
        assertTrue(ancestry(process()).contains(link), subject);
        return this;
    }

    private static String ancestry(ProcessInfo process) {
        return process.ancestry().toString();
    }

    private ProcessInfo process() {
        assertNull(owner.reason(), subject);
        assertNotNull(owner.process(), subject);
        return owner.process();
    }

    /** Asserts that there is no process, for this reason. */
    public OwnerAssert isUnknown(Unattributed reason) {
        assertNull(owner.process(), subject);
        assertEquals(reason, owner.reason(), subject);
        return this;
    }

    /** Asserts that this layer has found the owner. */
    public OwnerAssert by(OwnerSource source) {
        assertEquals(source, owner.source(), subject);
        return this;
    }

    public OwnerAssert hasUid(long uid) {
        assertEquals(uid, owner.uid(), subject);
        return this;
    }

    /** Asserts that the owner is in the cgroup of this path. */
    public OwnerAssert isInCgroup(String path) {
        assertNotNull(owner.cgroup(), subject);
        assertEquals(path, owner.cgroup().path(), subject);
        return this;
    }

    public OwnerAssert hasExecutable(String path) {
        assertEquals(path, process().exe().utf8(), subject);
        return this;
    }
}
