// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.names;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.bpf.BpfCounters;
import net.conntracklogger.linux.bpf.BpfRing;

/**
 * Reads the DNS answers that the BPF programs copy. The kernel copies an answer before the program that asked gets it, and
 * {@link #of} reads what was copied: so the name of a flow is known when the flow is, without a wait. Thread-safe.
 */
public final class NameReader implements Stage, NameSource {
    /** Offsets in {@code struct answer} of {@code src/main/bpf/layout.h}. */
    private static final int TIME = 0;

    private static final int MESSAGE = 12;

    /** {@code enum counter} of {@code src/main/bpf/layout.h} */
    private static final int ANSWERS_DROPPED = 3;

    private static final int ANSWERS_UNASKED = 4;

    private static final int IDLE_MILLIS = 10_000;
    /** Answers read at once: bounds the heap that they take to 1 MiB. */
    private static final int BATCH = 256;
    /**
     * Maximum number of batches that a flow waits for. They are more than the ring buffer holds, so that a flood delays
     * no flow for long.
     */
    private static final int MOST_BATCHES = 16;

    private final BpfRing answers;
    private final BpfCounters counters;
    private final AddressNames names = new AddressNames();
    private final AtomicLong malformed = new AtomicLong();

    /**
     * Opens the maps of loaded programs.
     *
     * @param answers descriptor of the map {@code answers}, which stays the caller's to close, after this
     * @param counters descriptor of the map {@code counters}, likewise
     */
    public NameReader(int answers, int counters) throws LinuxException {
        this.answers = new BpfRing(answers);
        this.counters = new BpfCounters(counters);
    }

    /** Waits for answers and adds their names. */
    @Override
    public void work() throws LinuxException {
        answers.await(IDLE_MILLIS);
        readAnswers();
    }

    @Override
    public void wake() {
        answers.wake();
    }

    /** Reads what the kernel has copied by now, then looks the address up. */
    @Override
    public List<DestinationName> of(IpAddress address, long began) {
        readAnswers();
        return names.of(address, began);
    }

    private synchronized void readAnswers() {
        for (int i = 0; i < MOST_BATCHES; i++) {
            List<byte[]> rows = answers.read(BATCH);
            rows.forEach(this::add);
            if (rows.size() < BATCH) {
                return;
            }
        }
    }

    private void add(byte[] row) {
        ByteBuffer bytes = ByteBuffer.wrap(row).order(ByteOrder.nativeOrder());
        // In this order, because a pause between the two reads must not make the answer younger than it is.
        long now = EpochMicros.now();
        long age = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - bytes.getLong(TIME));
        try {
            names.add(DnsAnswer.parse(bytes.slice(MESSAGE, row.length - MESSAGE)), now - age);
        } catch (MalformedAnswerException | RuntimeException e) {
            malformed.incrementAndGet();
        }
    }

    /** Returns the number of addresses that have names. */
    public int size() {
        return names.size();
    }

    /** Returns what is missing and what was ignored. */
    public NameCounts counts() {
        return new NameCounts(
                malformed.get(), counters.get(ANSWERS_DROPPED), names.displaced(), counters.get(ANSWERS_UNASKED));
    }

    /** Releases the maps. No other method may be called after this. */
    @Override
    public void finish() throws IOException {
        answers.close();
        counters.close();
    }
}
