// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

/** Writes JSON strings. */
public final class JsonText {
    private JsonText() {}

    /** Returns a text as a string in quotes. */
    public static String quoted(CharSequence text) {
        StringBuilder json = new StringBuilder();
        append(json, text);
        return json.toString();
    }

    /** Appends a text as a string in quotes. */
    public static void append(StringBuilder json, CharSequence text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20 || c >= 0x7f && c <= 0x9f) {
                json.append("\\u").append("%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
