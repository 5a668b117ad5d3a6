// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.nio.ByteBuffer;

/** How much of command lines is logged. */
public enum CommandLines {
    /** All. */
    YES,
    /** None. */
    NO,
    /** All but what looks like a secret, see {@link Secrets}. */
    REDACT;

    /**
     * Quotes the arguments of a process, see {@link CommandLine}.
     *
     * @param content arguments, each ended by a NUL, from offset 0
     * @param length their length in bytes. NULs at the end do not count: a process that changes its title leaves them
     * @param cut whether more bytes followed: then the mark is at the end, and an argument that was cut has no closing quote
     * @return null if there are no arguments, or for {@link #NO}
     */
    public PrintableText quote(ByteBuffer content, int length, boolean cut) {
        byte[] arguments = new byte[length];
        content.get(0, arguments);
        return this == NO ? null : CommandLine.quote(visible(arguments, /* whole= */ true), cut);
    }

    /**
     * Quotes the arguments of a process whose middle is unknown. The mark is in its place. An argument that is cut has
     * quotes if the part that is known needs them.
     *
     * @param content the beginning of the arguments, followed by their end
     * @param head length of the beginning in bytes
     * @return null for {@link #NO}
     */
    public PrintableText quoteEnds(ByteBuffer content, int head) {
        byte[] first = new byte[head];
        byte[] all = new byte[content.limit()];
        content.get(0, first).get(0, all);
        return this == NO
                ? null
                : CommandLine.quoteEnds(
                        visible(first, /* whole= */ true), visible(CommandLine.tail(all, head), /* whole= */ false));
    }

    private byte[] visible(byte[] arguments, boolean whole) {
        return this == REDACT ? Secrets.hide(arguments, whole) : arguments;
    }
}
