// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;

/**
 * The rows of one flow on all hosts that it passes. A sensor behind a gateway sees the translated tuple; the
 * gateway's row has both tuples, and the row of the host that opened the flow has the original one.
 */
record TranslatedFlows(FleetLog log) {
    /** Each gateway that translates again needs one round. */
    private static final int MOST_ROUNDS = 3;

    /** How far the clocks of two hosts may differ. An id is used again by a later flow with the same ports. */
    private static final long CLOCK_MICROS = TimeUnit.SECONDS.toMicros(5);

    private static final int MOST_ROWS = 100;

    /** A Community ID to follow, and for which question. */
    private record Lead(int question, FlowQuery query) {}

    /** Returns the rows of each answer. A question about one flow also gets its rows on other hosts. */
    List<List<FlowRow>> complete(List<Question> questions, List<FoundFlows> flows) throws IOException {
        List<List<FlowRow>> all = new ArrayList<>();
        List<Set<String>> known = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            all.add(new ArrayList<>(flows.get(i).rows()));
            known.add(new HashSet<>());
            if (questions.get(i).query().communityId() != null) {
                known.get(i).add(questions.get(i).query().communityId());
            }
        }
        for (int round = 0; round < MOST_ROUNDS; round++) {
            List<Lead> leads = leads(questions, all, known);
            if (leads.isEmpty()) {
                break;
            }
            List<FoundFlows> further = log.flows(leads.stream().map(Lead::query).toList(), MOST_ROWS);
            for (int i = 0; i < leads.size(); i++) {
                add(all.get(leads.get(i).question()), further.get(i).rows());
            }
        }
        all.forEach(rows -> rows.sort((a, b) -> Long.compare(a.begin(), b.begin())));
        return all;
    }

    private static List<Lead> leads(List<Question> questions, List<List<FlowRow>> all, List<Set<String>> known) {
        List<Lead> leads = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            boolean aboutOneFlow = questions.get(i).criteria().stream()
                    .anyMatch(it -> it instanceof Criterion.Community || it instanceof Criterion.Sides);
            if (!aboutOneFlow) {
                continue;
            }
            for (FlowRow row : all.get(i)) {
                TimeSpan span = new TimeSpan(row.begin() - CLOCK_MICROS, row.time() + CLOCK_MICROS);
                for (String id : new String[] {row.get(FLOW_COMMUNITY_ID), row.get(FLOW_REPLY_COMMUNITY_ID)}) {
                    if (id != null && known.get(i).add(id)) {
                        leads.add(new Lead(i, FlowQuery.in(span).withCommunityId(id)));
                    }
                }
            }
        }
        return leads;
    }

    /** Adds rows of other entries. The gateway's row is found again by its other id. */
    private static void add(List<FlowRow> rows, List<FlowRow> further) {
        for (FlowRow row : further) {
            boolean same = rows.stream()
                    .anyMatch(it -> it.host().equals(row.host())
                            && it.begin() == row.begin()
                            && String.valueOf(it.get(FLOW_ID)).equals(String.valueOf(row.get(FLOW_ID))));
            if (!same) {
                rows.add(row);
            }
        }
    }
}
