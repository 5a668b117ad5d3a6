// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

import java.util.Optional;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;

/** The size of a terminal; 0 where it does not say. */
public record TerminalSize(int columns, int lines) {
    /** struct winsize {u16 row; u16 col; u16 xpixel; u16 ypixel} */
    private static final int WINSIZE = 8;

    /** Returns the size of the terminal behind a descriptor; empty if there is none. */
    public static Optional<TerminalSize> of(int fd) {
        try (NativeBuffer size = new NativeBuffer(WINSIZE)) {
            if (LibC.ioctl(fd, LibC.TIOCGWINSZ, size.pointer()) < 0) {
                return Optional.empty();
            }
            return Optional.of(new TerminalSize(
                    Short.toUnsignedInt(size.bytes().getShort(2)),
                    Short.toUnsignedInt(size.bytes().getShort(0))));
        }
    }
}
