// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.linux.netlink.FakeMessage.done;
import static net.conntracklogger.linux.netlink.FakeMessage.error;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.FakeNetlink;
import org.junit.jupiter.api.Test;

class TableStatisticsTest {
    private static final int MULTI = 0x02;

    private final FakeNetlink kernel = FakeNetlink.answering();

    private TableCounts read() throws LinuxException {
        try (TableStatistics statistics = new TableStatistics(kernel)) {
            return statistics.read();
        }
    }

    /** Attributes by their numbers in enum ctattr_stats_cpu: insert_failed 9, drop 10, early_drop 11. */
    private static FakeMessage ofCpu(int cpu, int uninserted, int dropped, int evicted) {
        return FakeMessage.of(0x0104)
                .flags(MULTI)
                .u8(0, 0)
                .be16(cpu)
                .attribute(2, bigEndian(99))
                .attribute(9, bigEndian(uninserted))
                .attribute(10, bigEndian(dropped))
                .attribute(11, bigEndian(evicted));
    }

    private static byte[] bigEndian(int value) {
        return new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value};
    }

    @Test
    void addsTheCountsOfAllCpus() throws LinuxException {
        kernel.answer(datagram(ofCpu(0, 1, 20, 300), ofCpu(1, 2, 0x10_0000, 0)), datagram(done()));
        assertEquals(new TableCounts(0x10_0014, 300, 3), read());
        assertEquals(0x0104, kernel.requests().get(0).getShort(4), "IPCTNL_MSG_CT_GET_STATS_CPU");
        assertEquals(0x0301, kernel.requests().get(0).getShort(6), "NLM_F_REQUEST | NLM_F_DUMP");
    }

    @Test
    void ignoresWhatIsCutOff() throws LinuxException {
        FakeMessage cut = FakeMessage.of(0x0104).flags(MULTI).zeros(4).attribute(10, (byte) 1, (byte) 2);
        kernel.answer(datagram(cut), datagram(done()));
        assertEquals(TableCounts.NONE, read());
    }

    @Test
    void namesTheCapabilityThatItNeeds() {
        kernel.answer(error(Errno.EPERM));
        assertEquals(
                "cannot read conntrack statistics: Operation not permitted (errno 1); needs CAP_NET_ADMIN",
                assertThrows(LinuxException.class, this::read).getMessage());
    }
}
