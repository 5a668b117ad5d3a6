// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * Name of a systemd unit, with its suffix. That of a template stands for all its instances: {@code web@.service} for
 * {@code web@a.service} and {@code web@b.service}.
 */
public record UnitName(String text) {
    /** Reports whether the name is that of a template. */
    public boolean isTemplate() {
        int at = text.indexOf('@');
        return at >= 0 && text.lastIndexOf('.') == at + 1;
    }

    /** Returns what the names of all instances of the template begin with, such as {@code web@}. */
    public String begin() {
        return text.substring(0, text.indexOf('@') + 1);
    }

    /** Returns what the names of all instances of the template end with, such as {@code .service}. */
    public String end() {
        return text.substring(text.indexOf('@') + 1);
    }

    /** Reports whether the name stands for a unit. Allocates nothing. */
    public boolean isOf(String unit) {
        if (!isTemplate()) {
            return text.equals(unit);
        }
        int begin = text.indexOf('@') + 1;
        int end = text.length() - begin;
        return unit.length() > text.length()
                && unit.regionMatches(0, text, 0, begin)
                && unit.regionMatches(unit.length() - end, text, begin, end);
    }
}
