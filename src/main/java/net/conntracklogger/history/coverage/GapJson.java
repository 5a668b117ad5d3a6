// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.coverage;

import java.util.Locale;

/** Writes a gap as members of a JSON object. */
public final class GapJson {
    private GapJson() {}

    /** Appends kind, begin, end and count, without a comma around them. What is unknown has no member. */
    public static void append(StringBuilder json, Gap gap) {
        json.append("\"kind\":\"")
                .append(gap.kind().name().toLowerCase(Locale.ROOT))
                .append('"');
        if (gap.since() > 0) {
            json.append(",\"since\":").append(gap.since());
        }
        if (gap.until() != Long.MAX_VALUE) {
            json.append(",\"until\":").append(gap.until());
        }
        if (gap.count() != Gap.UNKNOWN) {
            json.append(",\"count\":").append(gap.count());
        }
    }
}
