// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import net.conntracklogger.history.coverage.Gap;

/** Says when, where and how much a log misses. */
public final class GapText {
    private final Moments moments;

    public GapText(Moments moments) {
        this.moments = moments;
    }

    /** Returns a clause such as {@code "12 records were lost in the kernel from 2026-11-23 02:14:05 to 02:14:09 UTC"}. */
    public String clause(Gap gap) {
        return switch (gap.kind()) {
            case LOST -> lost(gap);
            case SILENT -> "no entry arrived " + when(gap);
            case DOWN -> "the service did not run " + when(gap);
            case UNTRACKED -> "connection tracking was inactive " + when(gap);
            case SUPPRESSED -> "journald suppressed " + count(gap, "entries") + " " + when(gap);
            case VACUUMED -> "journald deleted entries " + when(gap) + " before they were archived";
            case CLOCK_SET_BACK -> "the clock was set back " + when(gap);
            case MISCOUNTED -> "the log does not have as many flows as the service wrote " + when(gap);
            case DAMAGED -> damaged(gap);
        };
    }

    /** An error that occurred while the log was read says itself what is wrong. */
    private String damaged(Gap gap) {
        if (gap.detail().startsWith("cannot ")) {
            return gap.detail();
        }
        return (gap.detail().isEmpty() ? "a file" : gap.detail()) + " is damaged or missing, " + when(gap);
    }

    private String lost(Gap gap) {
        String what = switch (gap.detail()) {
            case "kernel" -> lostRecords(gap) + " in the kernel";
            case "queue" -> lostRecords(gap) + " in the queue";
            case "journal" -> lostRecords(gap) + " on the way to the journal";
            case "decode" -> count(gap, "records") + " could not be decoded";
            case "owner" -> "the owner of " + count(gap, "flows") + " was lost";
            case "down" -> "the service did not run";
            case "off" -> "connection tracking sent no events";
            case "table" -> "the conntrack table was full";
            default -> lostRecords(gap) + " (" + gap.detail() + ")";
        };
        return what + " " + when(gap);
    }

    private static String lostRecords(Gap gap) {
        return count(gap, "records") + (gap.count() == 1 || gap.count() == Gap.UNKNOWN ? " was lost" : " were lost");
    }

    private static String count(Gap gap, String what) {
        if (gap.count() == Gap.UNKNOWN) {
            return "an unknown number of " + what;
        }
        String singular = what.equals("entries") ? "entry" : what.substring(0, what.length() - 1);
        return gap.count() + " " + (gap.count() == 1 ? singular : what);
    }

    /**
     * Returns what is the matter with a host, such as {@code "web12 was blind from 2026-11-23 02:13:50 to 02:14:10 UTC (kernel,
     * 14000 records)"} or {@code "web77 silent since 2026-11-23 01:50:00 UTC"}.
     */
    public String clause(String host, Gap gap) {
        return switch (gap.kind()) {
            case LOST ->
                host + " was blind " + when(gap) + " (" + gap.detail()
                        + (gap.count() == Gap.UNKNOWN ? "" : ", " + count(gap, "records")) + ")";
            case DOWN -> host + " was blind " + when(gap) + " (down)";
            case SILENT -> host + " silent " + when(gap);
            default -> host + ": " + clause(gap);
        };
    }

    private String when(Gap gap) {
        if (gap.since() <= 0) {
            return gap.until() == Long.MAX_VALUE ? "at an unknown time" : "until " + moments.zoned(gap.until());
        }
        return gap.until() == Long.MAX_VALUE
                ? "since " + moments.zoned(gap.since())
                : "from " + moments.span(gap.since(), gap.until(), "to");
    }
}
