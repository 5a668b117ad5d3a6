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

    /** Quotes the arguments of a process as {@link CommandLine#quote} does; null also for {@link #NO}. */
    public PrintableText quote(ByteBuffer content, int length, boolean cut) {
        byte[] arguments = new byte[length];
        content.get(0, arguments);
        return this == NO ? null : CommandLine.quote(visible(arguments, /* whole= */ true), cut);
    }

    /** Quotes the arguments of a process whose middle is unknown as {@link CommandLine#quoteEnds} does; null for {@link #NO}. */
    public PrintableText quoteEnds(ByteBuffer content, int head) {
        byte[] all = new byte[content.limit()];
        content.get(0, all);
        byte[] tail = CommandLine.tail(all, head);
        byte[] first = new byte[head];
        System.arraycopy(all, 0, first, 0, head);
        return this == NO
                ? null
                : CommandLine.quoteEnds(visible(first, /* whole= */ true), visible(tail, /* whole= */ false));
    }

    private byte[] visible(byte[] arguments, boolean whole) {
        return this == REDACT ? Secrets.hide(arguments, whole) : arguments;
    }
}
