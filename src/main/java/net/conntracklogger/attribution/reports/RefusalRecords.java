// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.reports;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.attribution.records.FlowKey;
import net.conntracklogger.attribution.records.OwnerRecord;
import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.flow.Obstacle;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;

/** Reads the attempts that did not become a flow from the BPF map {@code refusals}. Not thread-safe. */
public final class RefusalRecords implements Closeable {
    /** Maximum number of rows to read at once. The ring holds some 3,600. */
    private static final int BATCH = 512;

    private final ReportRing ring;
    private final RecordDecoder decoder;
    /** Whether the ring may have been full since {@link #lost} was called. Only then rows are dropped. */
    private boolean mayHaveBeenFull = true;

    /**
     * Opens the maps of loaded programs.
     *
     * @param programs closed by the caller, after this object
     */
    public RefusalRecords(ProgramSet programs, RecordDecoder decoder) throws LinuxException {
        this.ring = new ReportRing(programs, "refusals", REFUSALS_DROPPED);
        this.decoder = decoder;
    }

    /** Returns the oldest attempts that were not returned yet, at most some hundred. Does not block. */
    public List<RefusedAttempt> read() throws LinuxException {
        List<RefusedAttempt> attempts = new ArrayList<>();
        for (ByteBuffer row : ring.read(BATCH)) {
            attempts.add(attempt(row));
        }
        mayHaveBeenFull |= attempts.size() == BATCH;
        return attempts;
    }

    /** Returns the number of attempts that did not fit the ring since the last call. */
    public long lost() {
        if (!mayHaveBeenFull) {
            return 0;
        }
        mayHaveBeenFull = false;
        return ring.lost();
    }

    private RefusedAttempt attempt(ByteBuffer row) throws LinuxException {
        long time = row.getLong(REFUSAL_TIME);
        OwnerRecord owner = new OwnerRecord(row, REFUSAL_OWNER);
        return new RefusedAttempt(
                FlowKey.read(row, REFUSAL_KEY),
                time,
                row.getInt(REFUSAL_IFINDEX),
                obstacle(row.getInt(REFUSAL_CAUSE)),
                owner.start() == 0 ? Owner.unknown(Unattributed.NOT_COVERED) : decoder.decode(owner, time));
    }

    private static Obstacle obstacle(int cause) {
        return switch (cause) {
            case BY_NETFILTER -> Obstacle.NETFILTER;
            case Errno.ENETUNREACH, Errno.ENETDOWN -> Obstacle.NETWORK_UNREACHABLE;
            case Errno.EHOSTUNREACH -> Obstacle.HOST_UNREACHABLE;
            case Errno.EACCES, Errno.EPERM -> Obstacle.PROHIBITED;
            case Errno.EADDRNOTAVAIL, Errno.EADDRINUSE -> Obstacle.NO_SOURCE;
            default -> Obstacle.CONNECT_FAILED;
        };
    }

    @Override
    public void close() {
        ring.close();
    }
}
