// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.learn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.Expectations;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.filter.RuleException;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PastCheckTest {
    private final RowsLog log = new RowsLog();

    private PastCheck check(String rule, int most) throws IOException, RuleException {
        Expectation expectation = new Expectation(new UnitName("web.service"), List.of(FlowRule.parse(rule)));
        return PastCheck.of(
                log,
                FlowQuery.in(TimeSpan.ALWAYS),
                new Expectations(List.of(expectation)),
                expectation,
                Map.of("www-data", 33L),
                most);
    }

    @ParameterizedTest
    @CsvSource({
        "direction=outbound dport=443, 0",
        "direction=inbound, 1",
        "dst=192.0.2.1, 0",
        "dst=198.51.100.7, 0",
        "sport=50000, 0",
        "src=203.0.113.9, 0",
        "dname=*.example.org, 0",
        "user=www-data, 0",
        "user=0, 1",
        "exe=/opt/a?b, 0",
        "exe=/opt/*, 0",
        "comm=web, 0",
        "service=web.service, 0",
        "slice=system.slice, 0",
        "container=*, 1"
    })
    void comparesWhatARowHas(String rule, long flagged) throws IOException, RuleException {
        log.outbound(
                "192.0.2.1",
                443,
                "FLOW_REPLY_SRC=198.51.100.7",
                "FLOW_REPLY_SPORT=8443",
                "FLOW_REPLY_DST=203.0.113.9",
                "FLOW_REPLY_DPORT=50000",
                "FLOW_DNAME=www.example.org",
                "PID_EXE=/opt/a\\\\b");
        assertEquals(flagged, check(rule.replace("a?b", "a??b"), 1).flagged());
    }

    @ParameterizedTest
    @CsvSource({"dst=192.0.2.9, 0", "dport=25, 1", "src=10.0.0.0/8, 1", "src!=10.0.0.0/8, 1"})
    void comparesARefusedAttemptWithoutASource(String rule, long flagged) throws IOException, RuleException {
        log.add(
                "FLOW_EVENT=refused",
                "FLOW_PROTO=tcp",
                "FLOW_SRC=",
                "FLOW_SPORT=",
                "FLOW_DST=192.0.2.9",
                "FLOW_DPORT=443");
        assertEquals(flagged, check(rule, 1).flagged());
    }

    @Test
    void countsAllAndKeepsTheFirstRows() throws IOException, RuleException {
        FlowRow first = log.outbound("192.0.2.1", 25);
        log.outbound("192.0.2.1", 25);
        log.outbound("192.0.2.1", 443);
        assertEquals(new PastCheck(3, 2, List.of(first)), check("dport=443", 1));
    }

    @Test
    void leavesOutOtherUnits() throws IOException, RuleException {
        log.outbound("192.0.2.1", 25, "PID_CGROUP=/system.slice/other.service", "PID_SERVICE=other.service");
        assertEquals(new PastCheck(0, 0, List.of()), check("dport=443", 1));
    }

    @Test
    void leavesOutInstancesWithAnExpectationOfTheirOwn() throws IOException, RuleException {
        for (String unit : List.of("web@a.service", "web@b.service")) {
            log.outbound("192.0.2.1", 25, "PID_CGROUP=/system.slice/" + unit, "PID_SERVICE=" + unit);
        }
        Expectation template = new Expectation(new UnitName("web@.service"), List.of(FlowRule.parse("dport=443")));
        Expectation own = new Expectation(new UnitName("web@a.service"), List.of(FlowRule.parse("dport=25")));
        FlowQuery query = FlowQuery.in(TimeSpan.ALWAYS).withService(template.unit());
        Expectations all = new Expectations(List.of(template, own));
        PastCheck past = PastCheck.of(log, query, all, template, Map.of(), 10);
        assertEquals("web@b.service", past.rows().get(0).get(JournalField.PID_SERVICE));
        assertEquals(1, past.checked());
        assertEquals(new PastCheck(1, 0, List.of()), PastCheck.of(log, query, all, own, Map.of(), 10));
    }

    @Test
    void includesFlowsThatTheUnitAccepted() throws IOException, RuleException {
        log.add(
                "FLOW_DIRECTION=local",
                "FLOW_PROTO=tcp",
                "FLOW_DST=10.0.0.1",
                "FLOW_DPORT=80",
                "PID_CGROUP=/system.slice/other.service",
                "PID_SERVICE=other.service",
                "PEER_SERVICE=web.service");
        assertEquals(1, check("dport=443", 1).flagged());
        assertEquals(0, check("direction=local dport=80", 1).flagged());
    }
}
