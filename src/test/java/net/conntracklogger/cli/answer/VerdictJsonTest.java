// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.conntracklogger.answer.Doubt;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.fleet.FleetVerdict;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Host;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;
import org.junit.jupiter.api.Test;

class VerdictJsonTest {
    private static final Question QUESTION = new Question(List.of(new Criterion.Port(443)), new TimeSpan(100, 200));
    private static final Host WEB1 = new Host("m1", "web1");
    private static final Host WEB2 = new Host("m2", "we\"b2");

    @Test
    void namesTheHostsWhoseLogsMayLackTheFlow() {
        Gap lost = new Gap(Gap.Kind.LOST, 110, 120, 7, "kernel");
        Gap silent = new Gap(Gap.Kind.SILENT, 90, Long.MAX_VALUE, Gap.UNKNOWN, "");
        Doubt doubt = new Doubt(Doubt.Kind.EXCLUDED, 0, 1);
        FleetVerdict.Absence absence = new FleetVerdict.Absence(
                4997,
                100,
                200,
                List.of(
                        new FleetVerdict.Doubtful(WEB1, new Verdict.Blind(QUESTION, List.of(lost, silent), List.of())),
                        new FleetVerdict.Doubtful(WEB2, new Verdict.Blind(QUESTION, List.of(), List.of(doubt)))),
                /* later= */ 1);
        assertEquals(
                "{\"verdict\":\"not-certain\",\"exit_status\":5,\"sentence\":\"Not seen.\",\"since\":100,\"until\":200,"
                        + "\"complete\":4997,\"later\":1,\"doubtful\":[\"web1\",\"we\\\"b2\"],\"gaps\":["
                        + "{\"host\":\"web1\",\"kind\":\"lost\",\"since\":110,\"until\":120,\"count\":7,\"detail\":\"kernel\"},"
                        + "{\"host\":\"web1\",\"kind\":\"silent\",\"since\":90}]}",
                VerdictJson.of(
                        Asked.byUser(QUESTION),
                        new FleetVerdict(QUESTION, List.of(), true, List.of(), absence),
                        "Not seen."));
    }

    @Test
    void countsWhatIsFoundOnManyHosts() {
        Gap down = new Gap(Gap.Kind.DOWN, 0, 150, Gap.UNKNOWN, "");
        assertEquals(
                "{\"verdict\":\"found\",\"exit_status\":0,\"sentence\":\"Found.\",\"label\":\"ET SCAN\",\"since\":100,"
                        + "\"until\":200,\"flows\":1,\"all\":true,\"gaps\":[{\"host\":\"web1\",\"kind\":\"down\",\"until\":150}]}",
                VerdictJson.of(
                        new Asked("eve.json:1", "ET SCAN", QUESTION),
                        new FleetVerdict(
                                QUESTION,
                                List.of(new FlowRow(150, 0, 0, WEB1)),
                                true,
                                List.of(new FleetVerdict.HostGap(WEB1, down)),
                                /* absence= */ null),
                        "Found."));
    }

    @Test
    void leavesOutWhatOneHostHasNot() {
        assertEquals(
                "{\"verdict\":\"not-seen\",\"exit_status\":4,\"sentence\":\"Not seen.\",\"since\":100,\"until\":200}",
                VerdictJson.of(Asked.byUser(QUESTION), new Verdict.Complete(QUESTION, 100, 200), "Not seen."));
    }
}
