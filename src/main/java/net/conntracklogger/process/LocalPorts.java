// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.LinuxException;

/**
 * A range of local ports.
 *
 * @param first 0 to 65,535
 * @param last 0 to 65,535, included
 */
public record LocalPorts(int first, int last) {

    /**
     * Reads which ports the kernel gives to sockets that bind to none. They are {@code ip_local_port_range} (ip(7)) of
     * the network namespace of the calling thread.
     *
     * @param proc root of procfs
     * @throws LinuxException if the file cannot be read
     */
    public static LocalPorts anonymous(Path proc) throws LinuxException {
        String file = proc.resolve("sys/net/ipv4/ip_local_port_range").toString();
        // java.nio.file.Files reads one byte first, and the kernel returns nothing after it.
        try (FileReader reader = new FileReader()) {
            int length = reader.read(file);
            if (length <= 0) {
                throw new LinuxException("read", file, -length, "");
            }
            String[] ends = new String(reader.bytes(length), StandardCharsets.US_ASCII)
                    .strip()
                    .split("\\s+");
            return new LocalPorts(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
        }
    }

    public boolean contains(int port) {
        return port >= first && port <= last;
    }
}
