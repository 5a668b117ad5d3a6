// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import static net.conntracklogger.linux.netlink.FakeMessage.done;
import static net.conntracklogger.linux.netlink.FakeMessage.error;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Errors with and without an explanation of the kernel. */
class NetlinkErrorTest extends ScriptedConnection {
    NetlinkErrorTest() {
        super(FakeNetlink.answering());
    }

    /** What the kernel says about an error is part of the message. */
    static Stream<Arguments> explanations() {
        String reason = "cannot list the routes: " + LibC.strerror(22) + " (errno 22)";
        String explained = reason + "; the kernel says 'no such table'";
        return Stream.of(
                Arguments.of(error(Errno.EINVAL), reason),
                Arguments.of(error(Errno.EINVAL, "no such table"), explained),
                Arguments.of(done(Errno.EINVAL, "no such table"), explained),
                // With the request, as without NETLINK_CAP_ACK.
                Arguments.of(
                        FakeMessage.of(2)
                                .flags(0x200)
                                .u32(-Errno.EINVAL, 21, 0, 0, 0)
                                .zeros(8)
                                .attribute(1, "no such table\0".getBytes(StandardCharsets.UTF_8)),
                        explained),
                // Too short for what the flags promise.
                Arguments.of(FakeMessage.of(2).flags(0x200).u32(-Errno.EINVAL), reason),
                Arguments.of(FakeMessage.of(2).flags(0x200).u32(-Errno.EINVAL, -1, 0, 0, 0), reason),
                Arguments.of(FakeMessage.of(2).flags(0x200).u32(-Errno.EINVAL, Integer.MIN_VALUE, 0, 0, 0), reason),
                Arguments.of(FakeMessage.of(2).flags(0x200).u32(-Errno.EINVAL, 1 << 30, 0, 0, 0), reason));
    }

    @ParameterizedTest
    @MethodSource("explanations")
    void explainsErrors(FakeMessage message, String expected) throws LinuxException {
        kernel.answer(message);
        int result = dump();
        LinuxException failure = connection.failure("list", "the routes", result, "");
        assertEquals(expected, failure.getMessage());
        assertEquals(Errno.EINVAL, failure.errno());
        assertTrue(connection
                .failure("list", "the routes", result, "needs root")
                .getMessage()
                .endsWith("; needs root"));
    }
}
