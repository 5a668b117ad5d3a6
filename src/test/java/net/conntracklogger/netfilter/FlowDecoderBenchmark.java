// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import java.util.Optional;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.testbed.StepBenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Decodes a recorded message of a new flow, as most are decoded, and by libnetfilter_conntrack. */
public class FlowDecoderBenchmark extends StepBenchmark {
    private static final long RECEIVED = 1_795_392_000_000_000L;

    @Param({"tcp4", "udp6"})
    public String message;

    private final FlowDecoder decoder = new FlowDecoder();
    private final FlowDecoder library = new FlowDecoder(Optional.empty());
    private NativeBuffer buffer;

    @Setup
    public void open() {
        byte[] bytes = RecordedMessage.named(message + ".txt").bytes();
        buffer = new NativeBuffer(bytes.length);
        buffer.bytes().put(0, bytes);
    }

    @Benchmark
    public FlowEvent usual() throws MalformedEventException {
        return decoder.decode(buffer, 0, buffer.size(), RECEIVED);
    }

    @Benchmark
    public FlowEvent byLibrary() throws MalformedEventException {
        return library.decode(buffer, 0, buffer.size(), RECEIVED);
    }

    @TearDown
    public void close() {
        decoder.close();
        library.close();
        buffer.close();
    }
}
