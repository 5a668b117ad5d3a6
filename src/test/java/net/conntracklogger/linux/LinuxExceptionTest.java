// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.jna.Native;
import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

class LinuxExceptionTest {
    static {
        Native.register(LinuxExceptionTest.class, "c");
    }

    /** {@code const char *strerrorname_np(int errnum);} */
    private static native String strerrorname_np(int errnum);

    @Test
    void namesOperationObjectReasonAndRemedy() {
        LinuxException failure =
                new LinuxException("subscribe to", "conntrack events", Errno.EPERM, "needs CAP_NET_ADMIN");
        assertEquals(
                "cannot subscribe to conntrack events: " + LibC.strerror(1) + " (errno 1); needs CAP_NET_ADMIN",
                failure.getMessage());
        assertEquals(Errno.EPERM, failure.errno());
    }

    @Test
    void endsWithTheReasonIfThereIsNoRemedy() {
        assertEquals(
                "cannot open /x: " + LibC.strerror(2) + " (errno 2)",
                new LinuxException("open", "/x", Errno.ENOENT, "").getMessage());
    }

    @Test
    void takesTheReasonOfTheLastCall() {
        assertEquals(-1, LibC.close(-1));
        assertEquals(Errno.EBADF, LinuxException.last("close", "nothing", "").errno());
    }

    @Test
    void hasTheNumbersOfTheCLibrary() throws IllegalAccessException {
        for (Field constant : Errno.class.getFields()) {
            assertEquals(constant.getName(), strerrorname_np(constant.getInt(null)));
        }
    }
}
