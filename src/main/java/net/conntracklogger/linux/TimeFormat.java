// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import java.nio.charset.StandardCharsets;

/** Formats times as strftime(3) does. Keeps the text of the last second. Not thread-safe. */
public final class TimeFormat implements AutoCloseable {
    /** Bytes; a longer result is an error rather than a shortened text. */
    private static final int RESULT_SIZE = 1024;
    /** Bytes; struct tm of glibc and musl has 56 on 64-bit Linux. */
    private static final int TM_SIZE = 64;

    private final String format;
    private final boolean utc;
    private final NativeBuffer seconds = new NativeBuffer(Long.BYTES);
    private final NativeBuffer brokenDown = new NativeBuffer(TM_SIZE);
    private final NativeBuffer result = new NativeBuffer(RESULT_SIZE);
    private long lastSecond = Long.MIN_VALUE;
    private String last = "";

    /** Creates a format for local times. */
    public TimeFormat(String format) {
        this(format, /* utc= */ false);
    }

    /**
     * Checks a format by formatting the epoch.
     *
     * @param utc whether times are in UTC, else in the time zone of the system
     * @throws IllegalArgumentException if the result is empty or longer than 1 KiB
     */
    public TimeFormat(String format, boolean utc) {
        this.format = format;
        this.utc = utc;
        format(0);
    }

    /** Returns the text of a time in seconds since the epoch. */
    public String format(long epochSecond) {
        if (epochSecond != lastSecond) {
            seconds.bytes().putLong(0, epochSecond);
            if (utc) {
                LibC.gmtime_r(seconds.pointer(), brokenDown.pointer());
            } else {
                LibC.localtime_r(seconds.pointer(), brokenDown.pointer());
            }
            int length = (int) LibC.strftime(result.pointer(), RESULT_SIZE, format, brokenDown.pointer());
            if (length == 0 && !format.isEmpty()) {
                throw new IllegalArgumentException(
                        "time format '" + format + "' yields nothing, or more than " + RESULT_SIZE + " bytes");
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
