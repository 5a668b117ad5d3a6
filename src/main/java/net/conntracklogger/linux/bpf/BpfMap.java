// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.bpf;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import net.conntracklogger.linux.NativeBuffer;

/** Reads a BPF map, with buffers for one key and one value. Not thread-safe. */
public final class BpfMap implements AutoCloseable {
    /** Bounds the time that a lookup takes if other CPUs keep changing the value. */
    private static final int MOST_TRIES = 8;

    /** {@code bpf_map_lookup_elem} of one map, or a substitute. */
    public interface Call {
        /** Writes the value of a key. Returns a negative number if the map does not have it. */
        int lookUp(Pointer key, Pointer value);
    }

    private final Call call;
    private final NativeBuffer key;
    private final NativeBuffer value;
    private final NativeBuffer again;
    /** The part of {@link #value} that must be the same in {@link #again}. */
    private final ByteBuffer stable;

    private final ByteBuffer stableAgain;

    /**
     * Reads from a map whose descriptor the caller closes.
     *
     * @param keyLength in bytes
     * @param valueLength in bytes
     * @param volatileBytes how many bytes at the beginning of a value may change while the value is read
     */
    public BpfMap(int fd, int keyLength, int valueLength, int volatileBytes) {
        this((key, value) -> LibBpf.bpf_map_lookup_elem(fd, key, value), keyLength, valueLength, volatileBytes);
    }

    /** Reads with a substitute for the library. */
    public BpfMap(Call call, int keyLength, int valueLength, int volatileBytes) {
        this.call = call;
        this.key = new NativeBuffer(keyLength);
        this.value = new NativeBuffer(valueLength);
        this.again = new NativeBuffer(valueLength);
        this.stable = value.bytes().slice(volatileBytes, valueLength - volatileBytes);
        this.stableAgain = again.bytes().slice(volatileBytes, valueLength - volatileBytes);
    }

    /** Returns the key of the next lookup, for the caller to fill. */
    public ByteBuffer key() {
        return key.bytes();
    }

    /** Returns the value that the last successful lookup found. */
    public ByteBuffer value() {
        return value.bytes();
    }

    /**
     * Looks the key up and reports whether the map has it. The kernel may reuse an element of an LRU map while it copies the
     * element, so only two lookups in a row that agree count.
     */
    public boolean find() {
        for (int i = 0; i < MOST_TRIES; i++) {
            if (call.lookUp(key.pointer(), value.pointer()) < 0) {
                return false;
            }
            if (stable.capacity() == 0) {
                return true; // all of it may change
            }
            if (call.lookUp(key.pointer(), again.pointer()) < 0) {
                return false;
            }
            if (stable.equals(stableAgain)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        key.close();
        value.close();
        again.close();
    }
}
