// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.port;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conntracklogger.attribution.programs.FlowProgram;
import net.conntracklogger.attribution.programs.ReportProgram;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A kernel that rejects one of the BPF programs: the program is made invalid. */
@KernelTest
final class ReducedKernelIT {
    private static final String INVALID = "cgroup_skb/ingress";

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf().withPrograms(ReducedKernelIT::invalidate);

    @Test
    void loadsAllOtherPrograms() {
        Set<String> others = Arrays.stream(FlowProgram.values())
                .map(FlowProgram::text)
                .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(others.remove("packet_received"));
        Set<String> inPlace = bed.records().programs().inPlace();
        assertTrue(inPlace.remove(ReportProgram.PACKET_DROPPED.text()));
        Stream.of(ReportProgram.values()).map(ReportProgram::text).forEach(inPlace::remove); // not all on every kernel
        assertEquals(others, inPlace);
        assertEquals("inbound flows", bed.records().programs().uncovered());
    }

    @Test
    void attributesTheFlowsOfTheMissingProgramBySockets(OwnNetwork far) throws Exception {
        try (DatagramChannel server = DatagramChannel.open().bind(at(NEAR, 0));
                DatagramChannel client = far.call(DatagramChannel::open)) {
            bed.survey();
            send(client, at(NEAR, port(server)));
            assertOwner(bed.next(INBOUND)).isThisProcess().by(LISTENER);
            send(server, at(FAR, 9));
            assertOwner(bed.next(OUTBOUND)).isThisProcess().by(BPF);
        }
    }

    /** Replaces the first instruction of a section's program by an invalid one, in an ELF file (elf(5)). */
    private static byte[] invalidate(byte[] object) {
        ByteBuffer elf = ByteBuffer.wrap(object).order(ByteOrder.LITTLE_ENDIAN);
        int headers = (int) elf.getLong(40); // e_shoff
        int count = elf.getShort(60); // e_shnum
        int names = (int) elf.getLong(headers + 64 * elf.getShort(62) + 24); // e_shstrndx, sh_offset
        for (int i = 0; i < count; i++) {
            int header = headers + 64 * i;
            int name = names + elf.getInt(header); // sh_name
            if (new String(object, name, INVALID.length() + 1, StandardCharsets.US_ASCII).equals(INVALID + "\0")) {
                elf.put((int) elf.getLong(header + 24), (byte) 0xff); // sh_offset
                return object;
            }
        }
        throw new AssertionError("no section " + INVALID);
    }
}
