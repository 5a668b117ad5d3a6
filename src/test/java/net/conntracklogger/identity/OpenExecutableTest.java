// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Parses what Linux 6.18 said of /usr/bin/curl on an overlay, and of its mounts. */
class OpenExecutableTest {
    private static final String INFO = "pos:\t0\nflags:\t0100000\nmnt_id:\t785\nino:\t1523374\n";
    private static final String MOUNTS = """
            785 744 0:92 / / rw,relatime shared:137 - overlay identity rw,lowerdir=/lower,upperdir=/upper,workdir=/work
            78 785 0:93 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
            786 785 254:3 /a\\040b /srv rw,relatime - ext4 /dev/vda3 rw
            """;

    @Test
    void readsInodeAndDeviceOfTheKernel() {
        assertEquals(1523374, OpenExecutable.field(INFO, "ino:"));
        assertEquals(785, OpenExecutable.field(INFO, "mnt_id:"));
        assertEquals(92, OpenExecutable.device(MOUNTS, 785));
        assertEquals(93, OpenExecutable.device(MOUNTS, 78));
        assertEquals(254 << 20 | 3, OpenExecutable.device(MOUNTS, 786));
    }

    @Test
    void returnsMinusOneForAMissingLine() {
        assertEquals(-1, OpenExecutable.field("", "ino:"));
        assertEquals(-1, OpenExecutable.device(MOUNTS, 7));
        assertEquals(-1, OpenExecutable.device("", 785));
    }
}
