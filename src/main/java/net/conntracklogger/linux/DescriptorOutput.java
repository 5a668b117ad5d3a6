// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;
import java.io.OutputStream;
import java.util.Arrays;

/** Writes to a file descriptor, which stays its owner's, and tells with which errno that failed. */
public final class DescriptorOutput extends OutputStream {
    private final int fd;
    private final String name;

    /** @param name what errors call it */
    public DescriptorOutput(int fd, String name) {
        this.fd = fd;
        this.name = name;
    }

    @Override
    public void write(int b) throws LinuxException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws LinuxException {
        byte[] rest = Arrays.copyOfRange(bytes, offset, offset + length);
        while (rest.length > 0) {
            int written = (int) LibC.write(fd, rest, rest.length);
            if (written < 0 && Native.getLastError() != Errno.EINTR) {
                throw LinuxException.last("write to", name, "");
            }
            rest = Arrays.copyOfRange(rest, Math.max(written, 0), rest.length);
        }
    }
}
