// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import java.nio.charset.StandardCharsets;

/** Times in local time as strftime(3) prints them. Not safe for use by several threads. */
public final class TimeFormat implements AutoCloseable {
    /** Long enough for any sensible format; a longer result is an error, not a cut text. */
    private static final int RESULT_SIZE = 1024;
    /** struct tm of glibc and musl on 64-bit Linux has 56 bytes. */
    private static final int TM_SIZE = 64;

    private final String format;
    private final NativeBuffer seconds = new NativeBuffer(Long.BYTES);
    private final NativeBuffer brokenDown = new NativeBuffer(TM_SIZE);
    private final NativeBuffer result = new NativeBuffer(RESULT_SIZE);
    private long lastSecond = Long.MIN_VALUE;
    private String last = "";

    /**
     * Takes a format.
     *
     * @throws IllegalArgumentException where it yields more than 1 KiB
     */
    public TimeFormat(String format) {
        this.format = format;
        format(0);
    }

    /** The text of a time in seconds since the epoch. */
    public String format(long epochSecond) {
        if (epochSecond != lastSecond) {
            seconds.bytes().putLong(0, epochSecond);
            LibC.localtime_r(seconds.pointer(), brokenDown.pointer());
            int length = (int) LibC.strftime(result.pointer(), RESULT_SIZE, format, brokenDown.pointer());
            if (length == 0 && !format.isEmpty()) {
                throw new IllegalArgumentException(
                        "the time format '" + format + "' yields nothing, or more than " + RESULT_SIZE + " bytes");
            }
            byte[] text = new byte[length];
            result.bytes().get(0, text);
            last = new String(text, StandardCharsets.UTF_8);
            lastSecond = epochSecond;
        }
        return last;
    }

    @Override
    public void close() {
        seconds.close();
        brokenDown.close();
        result.close();
    }
}
