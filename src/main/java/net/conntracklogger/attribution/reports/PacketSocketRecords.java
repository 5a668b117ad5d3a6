// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.reports;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.attribution.records.OwnerRecord;
import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.bpf.BpfCounters;
import net.conntracklogger.linux.bpf.BpfRing;

/** Reads who opened a packet socket from the BPF map {@code packet_sockets}. Not thread-safe. */
public final class PacketSocketRecords implements Closeable {
    /** Rows that are read at once. The ring holds some 680. */
    private static final int BATCH = 1024;

    private final BpfRing ring;
    private final BpfCounters counters;
    private final RecordDecoder decoder;
    private long dropped;

    /**
     * Opens the maps of loaded programs.
     *
     * @param programs closed by the caller, after this object
     */
    public PacketSocketRecords(ProgramSet programs, RecordDecoder decoder) throws LinuxException {
        this.ring = new BpfRing(programs.map("packet_sockets"));
        this.counters = new BpfCounters(programs.map("counters"));
        this.decoder = decoder;
        this.dropped = counters.get(PACKET_SOCKETS_DROPPED);
    }

    /** Returns the owners of the packet sockets that were opened since the last call. Does not block. */
    public List<Owner> read() throws LinuxException {
        List<Owner> owners = new ArrayList<>();
        for (byte[] row : ring.read(BATCH)) {
            ByteBuffer bytes = ByteBuffer.wrap(row).order(ByteOrder.nativeOrder());
            long time = bytes.getLong(PACKET_SOCKET_TIME);
            owners.add(decoder.decode(OwnerSource.BPF, new OwnerRecord(bytes, PACKET_SOCKET_OWNER), time, time));
        }
        long all = counters.get(PACKET_SOCKETS_DROPPED);
        if (all > dropped) {
            owners.add(Owner.unknown(Unattributed.SEARCH_LIMIT));
        }
        dropped = all;
        return owners;
    }

    @Override
    public void close() {
        ring.close();
        counters.close();
    }
}
