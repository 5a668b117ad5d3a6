// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.check;

/**
 * The result of one check.
 *
 * @param subject what was checked, in one or two words
 * @param text what was found
 * @param remedy what to do; empty if nothing
 */
public record Finding(Level level, String subject, String text, String remedy) {

    /** How good a result is. */
    public enum Level {
        OK("ok"),
        /** Flows are logged, but something is missing or will be. */
        WARN("warn"),
        /** Flows are not logged, or not kept. */
        FAIL("fail"),
        /** The user may not read what shows it. */
        SKIP("skip");

        private final String text;

        Level(String text) {
            this.text = text;
        }

        /** Returns the word for it. */
        public String text() {
            return text;
        }
    }

    static Finding ok(String subject, String text) {
        return new Finding(Level.OK, subject, text, "");
    }

    static Finding warn(String subject, String text, String remedy) {
        return new Finding(Level.WARN, subject, text, remedy);
    }

    static Finding fail(String subject, String text, String remedy) {
        return new Finding(Level.FAIL, subject, text, remedy);
    }

    static Finding skip(String subject, String text, String remedy) {
        return new Finding(Level.SKIP, subject, text, remedy);
    }
}
