// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.nio.ByteBuffer;
import java.util.Optional;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.bpf.LibBpf;

/**
 * The map {@code exchange}: lookups of many flow records in one system call. The call is BPF_PROG_TEST_RUN of a program
 * of type {@code syscall} (Linux 5.14). A single lookup costs four times as much. Not thread-safe.
 */
final class Exchange implements AutoCloseable {
    /** Fewer lookups are cheaper one by one. */
    private static final int FEWEST = 2;

    private static final int NONE = -1;

    /** Result of a lookup. */
    enum Result {
        FOUND,
        MISSING,
        NOT_DONE
    }

    /** {@code struct bpf_test_run_opts} of libbpf's {@code bpf.h}: {@code size_t sz}, and nothing else that is needed. */
    private static final int OPTIONS_LENGTH = 80;

    private final ByteBuffer bytes;
    private final Optional<Integer> program;
    private final NativeBuffer options = new NativeBuffer(OPTIONS_LENGTH);
    private int added;
    private int done;
    private int next;

    /** Opens the map of loaded programs. */
    Exchange(ProgramSet programs) {
        bytes = programs.exchange().bytes();
        program = programs.lookUpProgram();
        options.bytes().putLong(0, OPTIONS_LENGTH);
    }

    /** Reports whether a socket of another network namespace has ever had a user. */
    boolean hasContainers() {
        return bytes.getInt(EXCHANGE_CONTAINERS) != 0;
    }

    /** Forgets all lookups. */
    void clear() {
        added = 0;
        done = 0;
        next = 0;
    }

    /** Adds a lookup if there is room. */
    void add(FlowTuple tuple, boolean hostNamespace, byte role) {
        if (added < LOOKUPS && program.isPresent()) {
            int at = EXCHANGE_LOOKUP + added++ * LOOKUP_LENGTH;
            FlowKey.write(bytes, at, tuple, hostNamespace);
            bytes.putInt(at + LOOKUP_ROLE, role);
        }
    }

    /** Does the lookups that were added. If the kernel refuses, none is done. */
    void run() {
        if (added < FEWEST) {
            return;
        }
        bytes.putInt(EXCHANGE_WANTED, added);
        if (LibBpf.bpf_prog_test_run_opts(program.orElseThrow(), options.pointer()) == 0) {
            done = added;
        }
    }

    /**
     * Takes the result of a lookup. Each can be taken once, because records change.
     *
     * @param key of the record
     * @param value receives the record
     */
    Result take(ByteBuffer key, byte role, ByteBuffer value) {
        int slot = slot(key, role);
        if (slot == NONE) {
            return Result.NOT_DONE;
        }
        next = slot + 1;
        int at = EXCHANGE_LOOKUP + slot * LOOKUP_LENGTH;
        bytes.putInt(at + LOOKUP_ROLE, NONE);
        if (bytes.getInt(at + LOOKUP_FOUND) == 0) {
            return Result.MISSING;
        }
        value.put(0, bytes, at + LOOKUP_FLOW, FLOW_LENGTH);
        return Result.FOUND;
    }

    /** Returns the slot of a lookup. The order of lookups is usually that in which they were added. */
    private int slot(ByteBuffer key, byte role) {
        for (int i = next; i < done; i++) {
            if (isAt(EXCHANGE_LOOKUP + i * LOOKUP_LENGTH, key, role)) {
                return i;
            }
        }
        return NONE;
    }

    private boolean isAt(int at, ByteBuffer key, byte role) {
        // The ports differ most often.
        return bytes.getLong(at + KEY_PORTS) == key.getLong(KEY_PORTS)
                && bytes.getInt(at + LOOKUP_ROLE) == role
                && bytes.getLong(at) == key.getLong(0)
                && bytes.getLong(at + 8) == key.getLong(8)
                && bytes.getLong(at + 16) == key.getLong(16)
                && bytes.getLong(at + 24) == key.getLong(24);
    }

    @Override
    public void close() {
        options.close();
    }
}
