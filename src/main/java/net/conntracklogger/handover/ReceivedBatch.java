// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import net.conntracklogger.flow.EpochMicros;

/** What is known of the messages that were received last. The memory outlives the process. Not thread-safe. */
final class ReceivedBatch {
    private final SharedLong sharedFirst;
    private final SharedLong sharedDone;
    private final SharedLong sharedTime;
    private final SharedLong sharedNotBefore;
    private final SharedLong sharedAround;
    /** The same values, because shared memory is slower. */
    private long first;

    private long done;
    private long time;
    private long notBefore;
    private long around;

    ReceivedBatch(HandoverMemory memory) {
        sharedFirst = memory.base();
        sharedDone = memory.appended();
        sharedTime = memory.batchTime();
        sharedNotBefore = memory.notBefore();
        sharedAround = memory.around();
        read();
    }

    private void read() {
        first = sharedFirst.get();
        done = sharedDone.get();
        time = sharedTime.get();
        notBefore = sharedNotBefore.get();
        around = sharedAround.get();
    }

    /** Declares that all messages are dealt with, and that others will be received. */
    void begin(long empty, long near) {
        sharedFirst.set(first + done);
        sharedDone.set(0);
        sharedTime.set(EpochMicros.now());
        sharedNotBefore.set(empty);
        sharedAround.set(near);
        read();
    }

    /** Returns how many messages are dealt with. */
    int done() {
        return (int) done;
    }

    /** Returns the number of the next message in the order of all. */
    long next() {
        return first + done;
    }

    /** Declares that the next message is dealt with. */
    void pass() {
        done++;
        sharedDone.set(done);
    }

    /** Declares that the message of this number is dealt with, and all before it. */
    void passUpTo(long number) {
        done = Math.max(done, number - first + 1);
        sharedDone.set(done);
    }

    /** Declares that nobody knows when the messages were sent. */
    void forgetTime() {
        time = 0;
        sharedTime.set(0);
    }

    /**
     * Returns when the messages were received, in microseconds since the epoch. Returns 0 if that is much later than
     * they were sent.
     */
    long time() {
        return time;
    }

    /** Returns a {@link System#nanoTime} before all of them. */
    long notBefore() {
        return notBefore;
    }

    /** Returns a {@link System#nanoTime} near them. */
    long around() {
        return around;
    }
}
