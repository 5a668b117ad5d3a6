// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.function.Supplier;

/**
 * What is told of an owner beside what the kernel knows of the process. What may take long to find out is found out on a
 * thread of its own while the flow is on its way; to ask for it waits for that, for a bounded time. What is not known is
 * null.
 *
 * @param invocation of the unit, as systemd calls one run of it: 32 hexadecimal digits
 * @param user name of the process's user in the host's account database
 * @param exeDigest SHA-256 of the executable: 64 hexadecimal digits
 */
public record Identity(String invocation, Supplier<String> user, Supplier<String> exeDigest) {
    /** Nothing. */
    public static final Identity UNKNOWN = new Identity(null, () -> null, () -> null);

    /** Of this and of a string, without its characters. */
    private static final int OBJECT = 40;
    /** A name of usual length. All flows of a user share one answer. */
    private static final int USER = 64;
    /** 64 digits, the question, and what it takes to wait for them. */
    private static final int EXE_DIGEST = 384;

    /** Bytes of heap that it holds, roughly. Waits for no answer. */
    int retainedBytes() {
        int weight = invocation == null ? OBJECT : 2 * OBJECT + invocation.length();
        weight += user == UNKNOWN.user ? 0 : USER;
        return exeDigest == UNKNOWN.exeDigest ? weight : weight + EXE_DIGEST;
    }
}
