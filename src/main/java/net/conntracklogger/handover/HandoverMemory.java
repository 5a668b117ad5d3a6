// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.SharedMemory;
import net.conntracklogger.linux.netlink.NetlinkBatch;

/** The memory that outlives the process. Its parts belong to different threads, as their methods say. */
public final class HandoverMemory implements AutoCloseable {
    /** Number of events that one system call receives. */
    public static final int RECEIVED = 64;
    /** Bytes of the longest event. An event takes several hundred. */
    public static final int LONGEST_EVENT = 8 * 1024;

    private static final String NAME = "conntrack-logger";
    /** "ctlg" and the version of the layout. */
    private static final long MAGIC = 0x6374_6c67_0000_0001L;

    private static final int PAGE = 4096;
    private static final int WRITTEN = 8;
    private static final int HEAD = 16;
    private static final int TAIL = 24;
    private static final int BASE = 32;
    private static final int APPENDED = 40;
    private static final int BATCH_TIME = 48;
    private static final int NOT_BEFORE = 56;
    private static final int AROUND = 64;
    private static final int DROPPED = 72;
    private static final int EXISTING_LOGGED = 80;
    private static final int PROGRAMS_ATTACHED = 88;
    private static final int LOSSES = 1024;
    private static final int SUMMARISED = 2048;
    private static final int SENT = PAGE;
    private static final int RECEIVE = SENT + 2 * PAGE;
    private static final int RECEIVE_LENGTH = NetlinkBatch.memoryLength(RECEIVED, LONGEST_EVENT);
    private static final int SEGMENTS = (RECEIVE + RECEIVE_LENGTH + PAGE - 1) / PAGE * PAGE;
    private static final int RING = SEGMENTS + EventSegments.TABLE_LENGTH;
    /** Holds 262,144 events, the default of Queue=, at some 300 bytes each. */
    private static final int RING_LENGTH = 80 << 20;

    private static final int LENGTH = RING + RING_LENGTH;

    private final SharedMemory memory;
    private final NativeBuffer page;
    private final UnwrittenEvents events;
    private final SentEntries sent;

    private HandoverMemory(SharedMemory memory) {
        this.memory = memory;
        page = memory.slice(0, PAGE);
        NativeBuffer ring = memory.slice(RING, RING_LENGTH);
        EventSegments segments = new EventSegments(
                memory.slice(SEGMENTS, EventSegments.TABLE_LENGTH),
                ring,
                segment -> memory.release(RING + segment * EventSegments.LENGTH, EventSegments.LENGTH));
        events = new UnwrittenEvents(this, ring, segments);
        sent = new SentEntries(memory.slice(SENT, SentEntries.LENGTH), events);
    }

    /** Creates memory without events. */
    public static HandoverMemory create() throws LinuxException {
        HandoverMemory created = new HandoverMemory(SharedMemory.create(NAME, LENGTH));
        created.at(0).set(MAGIC);
        return created;
    }

    /**
     * Takes over the memory of an earlier process, and declares its sent entries written.
     *
     * @throws LinuxException if the descriptor is of something else, or another version of the program wrote the memory
     */
    public static HandoverMemory adopt(FileDescriptor descriptor) throws LinuxException {
        SharedMemory shared = SharedMemory.adopt(descriptor, LENGTH);
        if (new SharedLong(shared.slice(0, PAGE).bytes(), 0).get() != MAGIC) {
            shared.close();
            throw new LinuxException("adopt", "memory", Errno.EINVAL, "another version wrote it");
        }
        HandoverMemory adopted = new HandoverMemory(shared);
        adopted.sent.recover();
        adopted.events.recover();
        return adopted;
    }

    /** Returns the descriptor, which {@link #close} closes. */
    public int fd() {
        return memory.fd();
    }

    /** Returns the events whose entries are not written. For thread {@code flow-reader}, except for {@link EntryNumbers}. */
    public UnwrittenEvents events() {
        return events;
    }

    /** Returns what thread {@code flow-writer} sends. */
    public SentEntries sent() {
        return sent;
    }

    /** Returns the losses that are not reported yet, for the one that locks them. */
    public UnreportedLosses losses() {
        return new UnreportedLosses(page.slice(LOSSES, UnreportedLosses.LENGTH).bytes());
    }

    /** Returns the count of the events that the kernel dropped. For thread {@code flow-reader}. */
    public DropCount dropped() {
        return new DropCount(at(DROPPED));
    }

    /** Reports whether all flows are logged that existed when the socket was opened. */
    public boolean isExistingLogged() {
        return at(EXISTING_LOGGED).get() != 0;
    }

    /** Declares that all flows are logged that existed when the socket was opened. */
    public void setExistingLogged(boolean logged) {
        at(EXISTING_LOGGED).set(logged ? 1 : 0);
    }

    /** Returns the {@link System#nanoTime} at which the kept BPF programs were attached. Returns 0 if unknown. */
    public long programsAttached() {
        return at(PROGRAMS_ATTACHED).get();
    }

    /** Sets the {@link System#nanoTime} at which the BPF programs that systemd keeps were attached. */
    public void setProgramsAttached(long nanos) {
        at(PROGRAMS_ATTACHED).set(nanos);
    }

    private SharedLong at(int offset) {
        return new SharedLong(page.bytes(), offset);
    }

    SummarisedFlows summarised() {
        return new SummarisedFlows(
                page.slice(SUMMARISED, SummarisedFlows.LENGTH).bytes());
    }

    SharedLong written() {
        return at(WRITTEN);
    }

    SharedLong head() {
        return at(HEAD);
    }

    SharedLong tail() {
        return at(TAIL);
    }

    /** Returns the number of the first of the events that were received last. */
    SharedLong base() {
        return at(BASE);
    }

    SharedLong appended() {
        return at(APPENDED);
    }

    SharedLong batchTime() {
        return at(BATCH_TIME);
    }

    SharedLong notBefore() {
        return at(NOT_BEFORE);
    }

    SharedLong around() {
        return at(AROUND);
    }

    NativeBuffer receiveBuffers() {
        return memory.slice(RECEIVE, RECEIVE_LENGTH);
    }

    @Override
    public void close() {
        memory.close();
    }
}
