// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.reports;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.attribution.records.OwnerRecord;
import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;

/** Reads who opened a packet socket from the BPF map {@code packet_sockets}. Not thread-safe. */
public final class PacketSocketRecords implements Closeable {
    /** Rows that are read at once. The ring holds some 680. */
    private static final int BATCH = 1024;

    private final ReportRing ring;
    private final RecordDecoder decoder;

    /**
     * Opens the maps of loaded programs.
     *
     * @param programs closed by the caller, after this object
     */
    public PacketSocketRecords(ProgramSet programs, RecordDecoder decoder) throws LinuxException {
        this.ring = new ReportRing(programs, "packet_sockets", PACKET_SOCKETS_DROPPED);
        this.decoder = decoder;
    }

    /** Returns the owners of the packet sockets that were opened since the last call. Does not block. */
    public List<Owner> read() throws LinuxException {
        List<Owner> owners = new ArrayList<>();
        for (ByteBuffer row : ring.read(BATCH)) {
            long time = row.getLong(PACKET_SOCKET_TIME);
            owners.add(decoder.decode(OwnerSource.BPF, new OwnerRecord(row, PACKET_SOCKET_OWNER), time, time));
        }
        if (ring.lost() > 0) {
            owners.add(Owner.unknown(Unattributed.SEARCH_LIMIT));
        }
        return owners;
    }

    @Override
    public void close() {
        ring.close();
    }
}
