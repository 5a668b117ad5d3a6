// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Writes to a file descriptor and reports the errno of a failure. {@link java.io.FileOutputStream} does not report it.
 */
public final class DescriptorOutput extends OutputStream {
    private final int fd;
    private final String name;

    /**
     * Writes to a descriptor that the caller closes.
     *
     * @param name name of the descriptor in errors, such as {@code "standard output"}
     */
    public DescriptorOutput(int fd, String name) {
        this.fd = fd;
        this.name = name;
    }

    @Override
    public void write(int b) throws LinuxException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    /** Writes all bytes, with as many calls as that takes. */
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
