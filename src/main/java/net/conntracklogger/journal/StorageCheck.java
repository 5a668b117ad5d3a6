// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.linux.FileReader;

/**
 * Finds the entries that journald took and did not store. journald loses the entry that it works on when it is killed, and all
 * that wait in its socket when the socket is closed. After either, counts the stored entries. Not thread-safe.
 */
final class StorageCheck implements AutoCloseable {
    /**
     * Checks after a suspicion at which journald has taken all: the first proves that it runs again, and until the second it
     * stores what it has taken.
     */
    private static final int SETTLING = 2;

    /**
     * The entries sent until a time.
     *
     * @param time microseconds since the epoch
     */
    private record Mark(long time, long sent) {}

    private final JournalSocket socket;
    private final String invocation;
    private final LongFunction<OptionalLong> stored;
    private final FileReader links = new FileReader();
    private String lastInvocation = "";
    private int lastConnections = 1;
    /** When journald had taken all. The older mark counts, because journald may still have worked on the last entry. */
    private Mark older = new Mark(EpochMicros.now(), 0);

    private Mark newer = older;
    private int settling;

    /**
     * Starts to check.
     *
     * @param units directory in which systemd publishes the invocations of units
     * @param stored counts the stored entries that were sent at a time or later
     */
    StorageCheck(JournalSocket socket, Path units, LongFunction<OptionalLong> stored) {
        this.socket = socket;
        this.invocation = units.resolve("invocation:systemd-journald.service").toString();
        this.stored = stored;
    }

    /** Returns the entries that were not stored since an earlier call, if there are any. Called about once a second. */
    Optional<Loss> check() {
        String current = new String(links.bytes(links.readLink(invocation)), StandardCharsets.US_ASCII);
        boolean suspicious =
                socket.connections() > lastConnections || !lastInvocation.isEmpty() && !current.equals(lastInvocation);
        lastConnections = Math.max(1, socket.connections());
        lastInvocation = current;
        if (suspicious) {
            settling = SETTLING;
        }
        if (!socket.isTaken()) {
            return Optional.empty();
        }
        Mark mark = new Mark(EpochMicros.now(), socket.sent());
        if (settling > 0) {
            settling--;
            return settling == 0 ? settle(mark) : Optional.empty();
        }
        older = newer;
        newer = mark;
        return Optional.empty();
    }

    private Optional<Loss> settle(Mark mark) {
        Optional<Loss> loss = missing(mark);
        older = mark;
        newer = mark;
        return loss;
    }

    private Optional<Loss> missing(Mark until) {
        OptionalLong found = stored.apply(older.time());
        long missing = found.isEmpty() ? 0 : until.sent() - older.sent() - found.getAsLong();
        return missing > 0
                ? Optional.of(new Loss(Loss.Place.JOURNAL, missing, older.time(), until.time()))
                : Optional.empty();
    }

    @Override
    public void close() {
        links.close();
    }
}
