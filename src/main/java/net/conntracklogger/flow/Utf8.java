// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** Reads UTF-8 one character at a time (RFC 3629). Accepts no overlong forms, no surrogates, nothing above U+10FFFF. */
final class Utf8 {
    /** No character begins here; the byte stands for itself alone. */
    static final int INVALID = -1;

    private Utf8() {}

    /** Returns the character at an offset, or {@link #INVALID}. */
    static int codePoint(byte[] bytes, int at, int end) {
        int first = bytes[at];
        if (first >= 0) {
            return first;
        }
        int length = lengthByFirst(first);
        if (length == 1 || at + length > end) {
            return INVALID;
        }
        int codePoint = first & 0x7f >> length;
        for (int i = 1; i < length; i++) {
            if (!isContinuation(bytes[at + i])) {
                return INVALID;
            }
            codePoint = codePoint << 6 | bytes[at + i] & 0x3f;
        }
        boolean surrogate = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
        return surrogate || codePoint > Character.MAX_CODE_POINT || length(codePoint) != length ? INVALID : codePoint;
    }

    /** Returns the length in bytes of a result of {@link #codePoint}. */
    static int length(int codePoint) {
        if (codePoint < 0x80) {
            return 1;
        }
        if (codePoint < 0x800) {
            return 2;
        }
        return codePoint < 0x10000 ? 3 : 4;
    }

    /**
     * Returns the length of a character by its first byte. Returns 1 if the byte begins no character of several bytes.
     */
    static int lengthByFirst(int first) {
        return switch (first >> 4 & 0xf) {
            case 0xc, 0xd -> 2;
            case 0xe -> 3;
            case 0xf -> (first & 0x08) == 0 ? 4 : 1;
            default -> 1;
        };
    }

    static boolean isContinuation(byte b) {
        return (b & 0xc0) == 0x80;
    }

    /** Returns the end of the last whole character of the bytes. They may be the beginning of a longer text. */
    static int wholeCharacters(byte[] bytes, int end) {
        int last = end;
        while (last > 0 && last > end - 3 && isContinuation(bytes[last - 1])) {
            last--;
        }
        boolean begun = last > 0 && bytes[last - 1] < 0 && lengthByFirst(bytes[last - 1]) > end - last + 1;
        return begun ? last - 1 : end;
    }
}
