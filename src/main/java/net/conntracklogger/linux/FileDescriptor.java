// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

/** An open file descriptor with one owner. */
public record FileDescriptor(int number) implements AutoCloseable {
    @Override
    public void close() {
        LibC.close(number);
    }
}
