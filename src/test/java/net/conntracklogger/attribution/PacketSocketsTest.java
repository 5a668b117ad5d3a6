// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.PacketSocket;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Test;

class PacketSocketsTest {
    private long nanos = Long.MAX_VALUE; // It wraps soon.
    private final List<Owner> opened = new ArrayList<>();
    private final List<Owner> held = new ArrayList<>();
    private final PacketSockets sockets =
            new PacketSockets(Optional.of(() -> List.copyOf(take(opened))), () -> List.copyOf(take(held)), () -> nanos);

    private static List<Owner> take(List<Owner> owners) {
        List<Owner> taken = List.copyOf(owners);
        owners.clear();
        return taken;
    }

    private static Owner owner(int pid, String exe) {
        ProcessInfo process = new ProcessInfo(
                pid, pid, 0, 0, 0, RawText.of("x"), RawText.of(exe), null, 1, ProcessInfo.UNKNOWN_ID, null);
        return Owner.of(OwnerSource.BPF, process, null);
    }

    private List<PacketSocket> read(int seconds) throws LinuxException {
        nanos += TimeUnit.SECONDS.toNanos(seconds);
        return sockets.read();
    }

    @Test
    void reportsAProgramOnceAnHour() throws LinuxException {
        opened.add(owner(1, "/sbin/dhclient"));
        assertEquals(List.of(new PacketSocket(owner(1, "/sbin/dhclient"))), read(0));
        opened.add(owner(2, "/sbin/dhclient"));
        held.add(owner(1, "/sbin/dhclient"));
        assertEquals(List.of(), read(1));
        opened.add(owner(3, "/usr/bin/tcpdump"));
        assertEquals(1, read(1).size());
        opened.add(owner(4, "/sbin/dhclient"));
        assertEquals(List.of(new PacketSocket(owner(4, "/sbin/dhclient"))), read(3600));
    }

    @Test
    void readsHeldSocketsOnceASecond() throws LinuxException {
        read(0);
        held.add(owner(1, "/sbin/lldpd"));
        assertEquals(List.of(), read(0));
        assertEquals(1, read(1).size());
    }

    /** The record of a socket that is gone when its holder is searched for names the process. */
    @Test
    void leavesASocketThatIsGoneToItsRecord() throws LinuxException {
        held.add(Owner.unknown(Unattributed.PROCESS_GONE));
        assertEquals(List.of(), read(0));
        PacketSockets without =
                new PacketSockets(Optional.empty(), () -> List.of(Owner.unknown(Unattributed.PROCESS_GONE)), () -> 0);
        assertEquals(1, without.read().size());
    }

    /** A record that did not fit the ring. */
    @Test
    void reportsASocketWithoutRecord() throws LinuxException {
        opened.add(Owner.unknown(Unattributed.SEARCH_LIMIT));
        assertEquals(1, read(0).size());
    }
}
