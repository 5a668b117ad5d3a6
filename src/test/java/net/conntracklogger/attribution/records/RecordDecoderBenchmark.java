// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import net.conntracklogger.concurrent.Resources;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.bpf.BpfMap;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcFacts;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.testbed.StepBenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Decodes owners from a buffer like the one that the kernel shares. In place of each system call for a process image is a copy of
 * the image.
 */
public class RecordDecoderBenchmark extends StepBenchmark {
    private static final Path PROC = Path.of("/proc");
    /** More than are remembered. */
    private static final int OWNERS = 4096;

    private static final int CGROUP = 42;

    private final Resources resources = new Resources();
    private final NativeBuffer records = new NativeBuffer(OWNERS * FLOW_LENGTH);
    private Path units;
    private RecordDecoder decoder;
    private OwnerRecord[] owners;
    private long seen;
    private int next;

    @Setup
    public void open() throws IOException {
        units = Files.createTempDirectory("units-");
        BootClock clock = new BootClock(ProcFacts.bootMicros());
        ProcessTable processes = resources.add(new ProcessTable(PROC, clock, CommandLines.YES));
        ControlGroups groups = resources.add(new ControlGroups(Path.of("/sys/fs/cgroup")));
        Identities identities = resources.add(new Identities(PROC, units, Optional.empty(), () -> true));
        ProcessImages images = new ProcessImages(
                new BpfMap(copy(image()), IMAGE_KEY_LENGTH, PROCESS_LENGTH, 0),
                new BpfMap(copy(new byte[PART_SIZE]), IMAGE_KEY_LENGTH, PART_SIZE, 0),
                new BpfMap(copy(cgroup()), ProcessImages.KEY_CGROUP_LENGTH, CGROUP_PATH_LENGTH, 0),
                CommandLines.YES);
        decoder = new RecordDecoder(images, processes, groups, clock, identities, /* pidns= */ 1);
        seen = System.nanoTime();
        owners = new OwnerRecord[OWNERS];
        for (int i = 0; i < OWNERS; i++) {
            owners[i] = owner(i);
        }
        Owner owner = decoder.decode(owners[0], seen);
        assertSame(owner, decoder.decode(owners[0], seen));
        assertEquals("/usr/bin/curl", owner.exe().toString());
        assertEquals("backup.service", owner.cgroup().service());
    }

    private static BpfMap.Call copy(byte[] bytes) {
        return (Pointer key, Pointer value) -> {
            value.write(0, bytes, 0, bytes.length);
            return 0;
        };
    }

    private OwnerRecord owner(int number) {
        int at = number * FLOW_LENGTH + FLOW_OWNER;
        records.bytes()
                .putLong(at + OWNER_START, 1_000_000_000_000L + number)
                .putInt(at + OWNER_TGID, 1000 + number)
                .putInt(at + OWNER_PID, 1000 + number)
                .putInt(at + OWNER_IMAGE, 2)
                .putLong(at + OWNER_CGROUP, CGROUP)
                .put(at + OWNER_COMM, bytes("curl"));
        return new OwnerRecord(records.bytes(), at);
    }

    private static byte[] image() {
        byte[] path = bytes("curl\0bin\0usr\0");
        byte[] command = bytes("curl\0-s\0-o\0/var/lib/backup/today\0http://update.example.net:6667/u\0");
        ByteBuffer image = ByteBuffer.allocate(PROCESS_LENGTH).order(ByteOrder.nativeOrder());
        image.putInt(PROCESS_PIDNS, 1)
                .putInt(PROCESS_COMMAND_LENGTH, command.length)
                .putShort(PROCESS_PATH_LENGTH, (short) path.length)
                .put(PROCESS_ANCESTORS, (byte) 3)
                .put(PROCESS_PATH, path)
                .put(PROCESS_COMMAND, command)
                .putLong(PROCESS_INODE, 1);
        for (int i = 0; i < 3; i++) {
            int at = PROCESS_ANCESTOR + i * ANCESTOR_LENGTH;
            image.putInt(at, 900 - i).put(at + ANCESTOR_COMM, bytes("nightly"));
        }
        return image.array();
    }

    private static byte[] cgroup() {
        byte[] path = bytes("backup.service\0system.slice\0");
        return ByteBuffer.allocate(CGROUP_PATH_LENGTH)
                .order(ByteOrder.nativeOrder())
                .putInt(CGROUP_LENGTH_FIELD, path.length)
                .put(CGROUP_NAMES, path)
                .array();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Flows of one process: the same 80 bytes, and so the same object. */
    @Benchmark
    public Owner knownOwner() throws LinuxException {
        return decoder.decode(owners[0], seen);
    }

    /** Each flow is the first of its process. */
    @Benchmark
    public Owner newOwner() throws LinuxException {
        next = (next + 1) % OWNERS;
        return decoder.decode(owners[next], seen);
    }

    @TearDown
    public void close() throws IOException {
        decoder.close();
        records.close();
        resources.close();
        Files.delete(units);
    }
}
