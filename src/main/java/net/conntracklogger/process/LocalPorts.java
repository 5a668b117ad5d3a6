// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.LinuxException;

/** The local ports that the kernel gives to sockets that ask for none ({@code ip_local_port_range}, ip(7)). */
public record LocalPorts(int first, int last) {

    /**
     * Those of this thread's network namespace.
     *
     * @param proc root of procfs
     */
    public static LocalPorts anonymous(Path proc) throws LinuxException {
        String file = proc.resolve("sys/net/ipv4/ip_local_port_range").toString();
        // Not java.nio.file.Files, which reads one byte first: the kernel then gives no more.
        try (FileReader reader = new FileReader()) {
            int length = reader.read(file);
            if (length <= 0) {
                throw new LinuxException("read", file, -length, "");
            }
            byte[] text = new byte[length];
            reader.content().get(0, text);
            String[] ends = new String(text, StandardCharsets.US_ASCII).strip().split("\\s+");
            return new LocalPorts(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
        }
    }

    public boolean contains(int port) {
        return port >= first && port <= last;
    }
}
