// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;

/** Questions to a large log, and a plain count of the flows that answer each. Not thread-safe. */
final class BigLogTruth {
    private static final long SECOND = TimeUnit.SECONDS.toMicros(1);
    private static final long DAY = TimeUnit.DAYS.toMicros(1);
    private static final int TOLERANCE_SECONDS = 5;

    private final List<Count> counts = new ArrayList<>();

    private static final class Count {
        final String name;
        final String arguments;
        final Predicate<FlowRow> answers;
        long flows;

        Count(String name, String arguments, Predicate<FlowRow> answers) {
            this.name = name;
            this.arguments = arguments;
            this.answers = answers;
        }
    }

    /**
     * Makes the questions.
     *
     * @param archived a flow that is archived
     * @param logged a flow that is in the journal
     * @param day begin of the day of {@code archived}
     * @param journal begin of the journal
     */
    BigLogTruth(FlowRow archived, FlowRow logged, long day, long journal) {
        addMoment("at-archived", archived);
        addMoment("at-logged", logged);
        addId("community-archived", archived.get(JournalField.FLOW_COMMUNITY_ID));
        addId("community-logged", logged.get(JournalField.FLOW_COMMUNITY_ID));
        addId("community-absent", "1:AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        addReport("day-archived", day, day + DAY);
        addReport("day-logged", journal, journal + DAY);
        addReport("month", journal - 30 * DAY, journal);
        addPage("page-day", day, day + DAY);
        addPage("page-month", journal - 30 * DAY, journal);
    }

    private void addMoment(String name, FlowRow flow) {
        String address = flow.get(JournalField.FLOW_DST);
        String port = flow.get(JournalField.FLOW_DPORT);
        long time = flow.begin() - flow.begin() % SECOND;
        long tolerance = TOLERANCE_SECONDS * SECOND;
        counts.add(new Count(
                name,
                "who %s:%s --at %s --within %ds".formatted(address, port, text(time), TOLERANCE_SECONDS),
                row -> overlaps(row, time - tolerance, time + tolerance + 1)
                        && (isEnd(row, address, port, JournalField.FLOW_SRC, JournalField.FLOW_SPORT)
                                || isEnd(row, address, port, JournalField.FLOW_DST, JournalField.FLOW_DPORT)
                                || isEnd(row, address, port, JournalField.FLOW_REPLY_SRC, JournalField.FLOW_REPLY_SPORT)
                                || isEnd(
                                        row,
                                        address,
                                        port,
                                        JournalField.FLOW_REPLY_DST,
                                        JournalField.FLOW_REPLY_DPORT))));
    }

    private void addId(String name, String id) {
        counts.add(new Count(
                name,
                "who " + id,
                row -> id.equals(row.get(JournalField.FLOW_COMMUNITY_ID))
                        || id.equals(row.get(JournalField.FLOW_REPLY_COMMUNITY_ID))));
    }

    private void addReport(String name, long since, long until) {
        counts.add(new Count(
                name,
                "report --since %s --until %s".formatted(text(since), text(until)),
                row -> overlaps(row, since, until)));
    }

    /** What a page of the span shows. */
    private void addPage(String name, long since, long until) {
        counts.add(new Count(
                name,
                "report --since %s --until %s --lines 30 --flows 200".formatted(text(since), text(until)),
                row -> overlaps(row, since, until)));
    }

    private static boolean overlaps(FlowRow row, long since, long until) {
        return row.begin() < until && row.time() >= since;
    }

    private static boolean isEnd(FlowRow row, String address, String port, JournalField at, JournalField by) {
        return address.equals(row.get(at)) && port.equals(row.get(by));
    }

    private static String text(long time) {
        return Instant.EPOCH.plus(time, ChronoUnit.MICROS).toString();
    }

    /** Counts a flow of the log. */
    void count(FlowRow row) {
        for (Count count : counts) {
            if (count.answers.test(row)) {
                count.flows++;
            }
        }
    }

    /** Returns a line for each question: its name, the command, and how many flows answer it, separated by tabs. */
    List<String> lines() {
        return counts.stream()
                .map(count -> count.name + "\t" + count.arguments + "\t" + count.flows)
                .toList();
    }
}
