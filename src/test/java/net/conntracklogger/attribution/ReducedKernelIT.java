// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.conntracklogger.attribution.programs.FlowProgram;
import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kernel that does not take one of the programs: as none here is such, that program is spoilt. */
final class ReducedKernelIT extends AttributionFixture {
    private static final Path PROGRAMS = Path.of("target", "flow_owner.bpf.o");
    private static final String SPOILT = "cgroup_skb/ingress";

    @TempDir
    private Path directory;

    private BpfOwners owners;

    @Override
    protected Optional<BpfOwners> kernel(ProcessTable processes, ControlGroups groups, BootClock clock)
            throws IOException {
        Path object = Files.write(directory.resolve("flow_owner.bpf.o"), spoil(Files.readAllBytes(PROGRAMS)));
        owners = open(BpfOwners.load(
                Path.of("/proc"),
                object,
                new MapSizes(4096, 1024),
                processes,
                groups,
                clock,
                identities,
                /* commandLines= */ true));
        return Optional.of(owners);
    }

    @Test
    void leavesOutThatProgramAlone(OwnNetwork far) throws Throwable {
        Set<String> all = Arrays.stream(FlowProgram.values())
                .map(FlowProgram::text)
                .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(all.remove("packet_received"));
        assertEquals(all, owners.programs().inPlace());
        assertEquals("inbound flows", owners.programs().uncovered());
        try (DatagramChannel server = DatagramChannel.open().bind(at(NEAR, 0));
                DatagramChannel client = far.call(DatagramChannel::open)) {
            meetSockets();
            send(client, at(NEAR, port(server)));
            assertIs(SELF, OwnerSource.LISTENER, next(Direction.INBOUND).owner());
            send(server, at(FAR, 9));
            assertIs(SELF, OwnerSource.BPF, next(Direction.OUTBOUND).owner());
        }
    }

    /** Makes the first instruction of a section's program one that there is not. An ELF file, see elf(5). */
    private static byte[] spoil(byte[] object) {
        ByteBuffer elf = ByteBuffer.wrap(object).order(ByteOrder.LITTLE_ENDIAN);
        int headers = (int) elf.getLong(40); // e_shoff
        int count = elf.getShort(60); // e_shnum
        int names = (int) elf.getLong(headers + 64 * elf.getShort(62) + 24); // e_shstrndx, sh_offset
        for (int i = 0; i < count; i++) {
            int header = headers + 64 * i;
            int name = names + elf.getInt(header); // sh_name
            if (new String(object, name, SPOILT.length() + 1, StandardCharsets.US_ASCII).equals(SPOILT + "\0")) {
                elf.put((int) elf.getLong(header + 24), (byte) 0xff); // sh_offset
                return object;
            }
        }
        throw new AssertionError("no section " + SPOILT);
    }
}
