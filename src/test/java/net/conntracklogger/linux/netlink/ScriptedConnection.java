// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.linux.LinuxException;

/** A connection to a scripted kernel whose messages hold one number each. */
abstract class ScriptedConnection {
    private static final int ASK = 100;
    private static final int TOLD = 101;
    private static final int NOTICE = 102;
    private static final int SIZE = 4096;

    final FakeNetlink kernel;
    final NetlinkConnection connection;
    final List<Integer> visited = new ArrayList<>();
    final NetlinkConnection.Visitor recorder = message -> visited.add(value(message));

    ScriptedConnection(FakeNetlink kernel) {
        this.kernel = kernel;
        this.connection = new NetlinkConnection(kernel, SIZE);
    }

    int exchange() throws LinuxException {
        connection.begin(ASK, 0);
        return connection.exchange();
    }

    int dump() throws LinuxException {
        connection.begin(ASK, NetlinkHeader.NLM_F_DUMP);
        return connection.dump(recorder);
    }

    /** Requests a dump that the test receives in parts. */
    void send() throws LinuxException {
        connection.begin(ASK, NetlinkHeader.NLM_F_DUMP);
        connection.send();
    }

    /** Part of an answer. */
    static FakeMessage told(int value) {
        return FakeMessage.of(TOLD).flags(2).u32(value);
    }

    static FakeMessage notice(int value) {
        return FakeMessage.of(NOTICE).u32(value);
    }

    int value(int message) {
        return connection.bytes().getInt(message + 16);
    }

    interface Call {
        Object run() throws LinuxException;
    }

    static void assertFailsWith(int errno, Call call) {
        assertEquals(errno, assertThrows(LinuxException.class, call::run).errno());
    }
}
