// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fuzz;

import java.util.List;

/**
 * A reader of bytes from outside. Any input is either understood or refused in the way that the reader documents; all else is a
 * defect, and so is a read behind the input. Not thread-safe.
 */
public interface FuzzTarget extends AutoCloseable {
    /** Returns valid inputs, and inputs that found a defect before. */
    List<byte[]> seeds();

    /**
     * Reads an input.
     *
     * @throws RuntimeException if the reader has a defect
     */
    void read(byte[] input);

    @Override
    default void close() {}
}
