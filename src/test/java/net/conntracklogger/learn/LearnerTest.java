// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.learn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.Expectations;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.filter.RuleException;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.TimeSpan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearnerTest {
    private static final FlowQuery QUERY = FlowQuery.in(TimeSpan.ALWAYS).withService(new UnitName("web.service"));

    private final RowsLog log = new RowsLog();

    private List<String> rules() throws IOException {
        return Learner.rules(log, QUERY).stream().map(Learner.Rule::text).toList();
    }

    private void names(String... names) {
        for (String name : names) {
            log.outbound("192.0.2.1", 443, "FLOW_DNAME=" + name);
        }
    }

    @Test
    void putsTheMostFrequentFirst() throws IOException {
        log.outbound("192.0.2.1", 25);
        log.inbound("198.51.100.1", 80);
        log.inbound("198.51.100.1", 443);
        assertEquals(
                List.of(
                        "direction=inbound proto=tcp dport=80,443 src=198.51.100.1",
                        "direction=outbound proto=tcp dport=25 dst=192.0.2.1"),
                rules());
        assertEquals(2, Learner.rules(log, QUERY).get(0).events());
    }

    @Test
    void allowsAllAddressesIfThereAreTooMany() throws IOException {
        for (int i = 0; i < 20; i++) {
            log.outbound("192.0.2." + i, 443, "FLOW_DNAME=name-" + i);
        }
        assertEquals(
                List.of(new Learner.Rule("direction=outbound proto=tcp dport=443", 20, 5, /* more= */ true)),
                Learner.rules(log, QUERY, /* most= */ 5));
    }

    @Test
    void learnsFromAllInstancesOfATemplate() throws IOException {
        for (String unit : List.of("web@a.service", "web@b.service", "web.service", "webs@a.service")) {
            log.outbound("192.0.2.1", 25, "PID_SERVICE=" + unit);
        }
        log.outbound("198.51.100.1", 443, "PID_SERVICE=web@b.service");
        FlowQuery template = FlowQuery.in(TimeSpan.ALWAYS).withService(new UnitName("web@.service"));
        List<Learner.Rule> rules = Learner.rules(log, template);
        assertEquals(
                List.of(
                        new Learner.Rule(
                                "direction=outbound proto=tcp dport=25 dst=192.0.2.1", 2, 1, /* more= */ false),
                        new Learner.Rule(
                                "direction=outbound proto=tcp dport=443 dst=198.51.100.1", 1, 1, /* more= */ false)),
                rules);
    }

    @Test
    void makesNoRuleOfASummary() throws IOException {
        log.outbound("192.0.2.1", 25);
        log.add("FLOW_EVENT=summary", "FLOW_COUNT=1000");
        assertEquals(List.of("direction=outbound proto=tcp dport=25 dst=192.0.2.1"), rules());
    }

    @Test
    void allowsNothingThatWasRefused() throws IOException {
        log.outbound("192.0.2.1", 25);
        log.add(
                "FLOW_EVENT=refused",
                "FLOW_DIRECTION=outbound",
                "FLOW_PROTO=tcp",
                "FLOW_DST=192.0.2.9",
                "FLOW_DPORT=25");
        assertEquals(List.of("direction=outbound proto=tcp dport=25 dst=192.0.2.1"), rules());
    }

    @Test
    void widensNeighboursToANetwork() throws IOException {
        for (int i = 1; i <= 3; i++) {
            log.outbound("192.0.2." + i, 25);
            log.outbound("2001:db8::" + i, 25);
        }
        log.outbound("198.51.100.1", 25);
        assertEquals(
                List.of("direction=outbound proto=tcp dport=25 dst=192.0.2.0/24,198.51.100.1,2001:db8::/64"), rules());
    }

    @Test
    void allowsAllSourcesIfThereAreMany() throws IOException {
        for (int i = 0; i < 17; i++) {
            log.inbound("10." + i + ".0.1", 443);
        }
        assertEquals(List.of("direction=inbound proto=tcp dport=443"), rules());
    }

    @Test
    void allowsEphemeralPortsTogetherIfThereAreMany() throws IOException {
        for (int i = 0; i < 9; i++) {
            log.outbound("192.0.2.1", 40_000 + i);
        }
        log.outbound("192.0.2.1", 21);
        assertEquals(List.of("direction=outbound proto=tcp dport=21,32768-65535 dst=192.0.2.1"), rules());
    }

    @ParameterizedTest
    @CsvSource({
        "a.example.org b.example.org, 'a.example.org,b.example.org'",
        "a.example.org b.example.org c.example.org, *.example.org",
        "example.org a.example.org b.example.org c.example.org, '*.example.org,example.org'",
        "a.org b.org c.org, 'a.org,b.org,c.org'",
        "a.co.uk b.co.uk c.co.uk, 'a.co.uk,b.co.uk,c.co.uk'",
        "a.x.co.uk b.x.co.uk c.x.co.uk, *.x.co.uk"
    })
    void widensNamesThatBelongTogether(String names, String values) throws IOException {
        names(names.split(" "));
        assertEquals(List.of("direction=outbound proto=tcp dport=443 dname=" + values), rules());
    }

    @Test
    void keepsStrangersFromWritingConditions() throws IOException, RuleException {
        names("a b", "c,d.example", "*.net", "dport=1", "\u00e9", ".", "a/b", "a:1", "x.com\\\\.");
        String rule =
                "direction=outbound proto=tcp dport=443" + " dname=.,?.net,??,a?1,a?b,c?d.example,dport?1,x.com??.";
        assertEquals(List.of(rule), rules());
        assertEquals(rule, FlowRule.parse(rule).toString());
    }

    @Test
    void knowsProtocolsWithoutPortsAndFlowsWithoutADirection() throws IOException {
        log.add("FLOW_DIRECTION=outbound", "FLOW_PROTO=icmp", "FLOW_DST=192.0.2.1");
        log.add("FLOW_DIRECTION=local", "FLOW_PROTO=tcp", "FLOW_DST=10.0.0.1", "FLOW_DPORT=5432");
        log.add("FLOW_PROTO=udp", "FLOW_DST=192.0.2.1", "FLOW_DPORT=53");
        assertEquals(
                List.of(
                        "direction=local proto=tcp dport=5432",
                        "direction=outbound proto=icmp dst=192.0.2.1",
                        "proto=udp dport=53 dst=192.0.2.1"),
                rules());
    }

    /** Flows of every kind at random, so that some are widened and some are not. */
    @Test
    void allowsEveryFlowThatRulesAreMadeOf() throws IOException, RuleException {
        Random random = new Random(1);
        List<String> directions = List.of("outbound", "inbound", "local", "forwarded", "");
        for (int i = 0; i < 2000; i++) {
            int near = random.nextInt(3) == 0 ? 1 : 9;
            List<String> fields = new ArrayList<>(List.of(
                    "FLOW_SRC=192.0." + random.nextInt(near) + "." + random.nextInt(9),
                    "FLOW_DST=2001:db8:" + random.nextInt(near) + "::" + random.nextInt(9),
                    "FLOW_PROTO=" + (random.nextBoolean() ? "tcp" : "udp"),
                    "FLOW_DPORT=" + (random.nextInt(4) == 0 ? 32_768 + random.nextInt(50) : random.nextInt(20))));
            String direction = directions.get(random.nextInt(directions.size()));
            if (!direction.isEmpty()) {
                fields.add("FLOW_DIRECTION=" + direction);
            }
            if (direction.equals("outbound") && random.nextBoolean()) {
                fields.add("FLOW_DNAME=n" + random.nextInt(4) + ".d" + random.nextInt(9) + ".example.org");
            }
            log.add(fields.toArray(String[]::new));
        }
        List<FlowRule> rules = new ArrayList<>();
        for (String rule : rules()) {
            rules.add(FlowRule.parse(rule));
        }
        Expectation expectation = new Expectation(new UnitName("web.service"), rules);
        PastCheck check = PastCheck.of(log, QUERY, new Expectations(List.of(expectation)), expectation, Map.of(), 10);
        assertEquals(new PastCheck(2000, 0, List.of()), check);
    }
}
