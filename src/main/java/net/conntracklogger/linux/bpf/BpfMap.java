// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.bpf;

import java.nio.ByteBuffer;
import net.conntracklogger.linux.NativeBuffer;

/** A map of the eBPF programs, with room for one key and one value. Not safe for use by several threads. */
public final class BpfMap implements AutoCloseable {
    private static final int MOST_TRIES = 8;

    private final int fd;
    private final int volatileBytes;
    private final NativeBuffer key;
    private final NativeBuffer value;
    private final NativeBuffer again;

    /**
     * Takes a map.
     *
     * @param fd its descriptor, which stays its owner's
     * @param volatileBytes of a value's beginning, which may change while it is read
     */
    public BpfMap(int fd, int keyLength, int valueLength, int volatileBytes) {
        this.fd = fd;
        this.volatileBytes = volatileBytes;
        this.key = new NativeBuffer(keyLength);
        this.value = new NativeBuffer(valueLength);
        this.again = new NativeBuffer(valueLength);
    }

    /** To be filled before a look. */
    public ByteBuffer key() {
        return key.bytes();
    }

    /** What the last look found. */
    public ByteBuffer value() {
        return value.bytes();
    }

    /**
     * Looks the key up. The kernel may reuse an element of an LRU map while it is copied, so that only two looks that
     * agree are believed.
     */
    public boolean find() {
        for (int i = 0; i < MOST_TRIES; i++) {
            if (LibBpf.bpf_map_lookup_elem(fd, key.pointer(), value.pointer()) < 0
                    || LibBpf.bpf_map_lookup_elem(fd, key.pointer(), again.pointer()) < 0) {
                return false;
            }
            int stable = value.size() - volatileBytes;
            ByteBuffer one = value.bytes().slice(volatileBytes, stable);
            if (one.equals(again.bytes().slice(volatileBytes, stable))) {
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
