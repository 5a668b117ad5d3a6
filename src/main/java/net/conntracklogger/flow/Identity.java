// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.function.Supplier;

/**
 * Facts about an owner that only user space knows. Unknown values are null.
 *
 * <p>Lookups that may hang run on threads of their own. A {@link Supplier} waits for its result for a bounded time.
 *
 * @param invocation invocation ID of the unit: 32 hexadecimal digits
 * @param user name of the user of the process in the host's account database
 * @param exeDigest SHA-256 of the executable: 64 hexadecimal digits
 */
public record Identity(String invocation, Supplier<String> user, Supplier<String> exeDigest) {
    /** All values are unknown. */
    public static final Identity UNKNOWN = new Identity(null, () -> null, () -> null);

    /** Heap of this object, and of a string without its characters. */
    private static final int OBJECT = 40;
    /** Heap of a user name of usual length. All flows of a user share it. */
    private static final int USER = 64;
    /** Heap of a lookup and of its 64 digits. */
    private static final int EXE_DIGEST = 384;

    /** Returns what the processes of one user share. */
    Identity ofUser() {
        return new Identity(null, user, UNKNOWN.exeDigest);
    }

    /** Returns roughly how many bytes of heap this holds. Waits for no lookup. */
    int retainedBytes() {
        int bytes = invocation == null ? OBJECT : 2 * OBJECT + invocation.length();
        bytes += user == UNKNOWN.user ? 0 : USER;
        return exeDigest == UNKNOWN.exeDigest ? bytes : bytes + EXE_DIGEST;
    }
}
