// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import static net.conntracklogger.entry.Flows.HTTP;
import static net.conntracklogger.entry.Flows.event;
import static net.conntracklogger.entry.Flows.outbound;
import static net.conntracklogger.entry.Flows.process;
import static net.conntracklogger.entry.Flows.tcp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.UnitPath;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of Include= and Exclude=. */
class FlowRuleTest {
    private static final Map<String, Long> USERS = Map.of("alice", 1000L, "bob", 1001L);

    private static Truth test(String rule, AttributedFlow flow) throws RuleException {
        return FlowRule.parse(rule).test(flow.event(), flow, USERS);
    }

    /** The flow of curl from 192.168.0.12:34870 to 195.24.232.208:80, of uid 1000 in cron.service. */
    /** A connect(2) to 192.0.2.7:443 that failed before the kernel had chosen a source. */
    @ParameterizedTest
    @CsvSource({
        "src=10.0.0.0/8, UNKNOWN",
        "src!=10.0.0.0/8, UNKNOWN",
        "src=0.0.0.0/0, UNKNOWN",
        "sport=0, UNKNOWN",
        "sport!=1-9, UNKNOWN",
        "address=10.0.0.0/8, UNKNOWN",
        "address=192.0.2.7, YES",
        "port=1-9, UNKNOWN",
        "port!=443, NO",
        "dst=192.0.2.7 dport=443, YES"
    })
    void knowsNothingOfASourceThatWasNeverChosen(String rule, Truth result) throws RuleException {
        FlowEvent event = FlowEvent.refused(tcp("0.0.0.0", 0, "192.0.2.7", 443), 1);
        assertEquals(
                result,
                test(rule, Flows.of(event, Direction.OUTBOUND, outbound().owner())));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "direction=outbound              | YES",
                "direction=inbound,local         | NO",
                "direction!=inbound,local        | YES",
                "proto=tcp                       | YES",
                "proto=udp,6                     | YES",
                "proto!=tcp                      | NO",
                "src=192.168.0.0/16              | YES",
                "src=195.24.232.208              | NO",
                "dst=195.24.232.208              | YES",
                "dst=10.0.0.0/8,195.24.0.0/16    | YES",
                "dst=0.0.0.0/0                   | YES",
                "dst=::/0                        | NO",
                "dst!=10.0.0.0/8                 | YES",
                "dst=::ffff:195.24.232.208       | YES",
                "address=192.168.0.12            | YES",
                "address=195.24.232.208          | YES",
                "address=195.24.232.209          | NO",
                "dport=80                        | YES",
                "dport=1-79,81-65535             | NO",
                "dport=34870                     | NO",
                "sport=34870                     | YES",
                "port=34870                      | YES",
                "port=80                         | YES",
                "port=0-79                       | NO",
                "service=cron.service            | YES",
                "service=cron?                   | NO",
                "service=c*n.serv?ce             | YES",
                "unit=cron.service               | YES",
                "slice=system.slice              | YES",
                "slice=user-*.slice              | NO",
                "container=*                     | NO",
                "user=1000                       | YES",
                "user=0,1001                     | NO",
                "user=alice                      | YES",
                "user=bob                        | NO",
                "user!=bob                       | YES",
                "user=carol                      | UNKNOWN",
                "user=carol,alice                | YES",
                "exe=/usr/bin/curl               | YES",
                "exe=/usr/*                      | YES",
                "exe=/usr/bin/cur                | NO",
                "comm=curl                       | YES",
                "comm=c?rl                       | YES",
                "comm=wget                       | NO",
                "dname=*                         | NO",
                "proto=tcp dport=80 user=alice   | YES",
                "proto=tcp dport=81 user=alice   | NO",
                "proto=tcp dport=80 user=carol   | UNKNOWN",
                "dport=81 user=carol             | NO",
            })
    void matches(String rule, Truth result) throws RuleException {
        assertEquals(result, test(rule, outbound()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dname=www.example.org   | YES",
                "dname=WWW.Example.org   | YES",
                "dname=*.example.org     | YES",
                "dname=example.org       | NO",
                "dname=*.org,example.net | YES",
                "dname!=*.example.org    | NO",
            })
    void matchesEachNameOfTheDestination(String rule, Truth result) throws RuleException {
        AttributedFlow named = outbound()
                .withNames(List.of(
                        new DestinationName(RawText.of("cdn.example.net"), 1),
                        new DestinationName(RawText.of("www.example.org"), 2)));
        assertEquals(result, test(rule, named));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dst=203.0.113.1 | YES",
                "dst=10.0.0.5    | YES",
                "src=198.51.100.9| YES",
                "dport=8080      | YES",
                "dport=80        | YES",
                "address=10.0.0.5| YES",
                "sport=1024      | YES",
            })
    void matchesAddressesAndPortsBeforeAndAfterNat(String rule, Truth result) throws RuleException {
        FlowEvent translated =
                event(tcp("192.168.0.12", 34870, "203.0.113.1", 80), tcp("10.0.0.5", 8080, "198.51.100.9", 1024));
        assertEquals(
                result,
                test(rule, Flows.of(translated, Direction.FORWARDED, outbound().owner())));
    }

    @Nested
    class IfTheOwnerIsUnknown {
        @ParameterizedTest
        @ValueSource(strings = {"user=0", "user!=0", "exe=*", "comm!=x", "service=x.service", "service!=x.service"})
        void doesNotGuess(String rule) throws RuleException {
            assertEquals(Truth.UNKNOWN, test(rule, outbound(Unattributed.PROCESS_GONE)));
        }

        @ParameterizedTest
        @EnumSource(names = {"KERNEL", "FORWARDED", "NO_LISTENER"})
        void matchesNoValueIfThereIsNone(Unattributed reason) throws RuleException {
            for (String subject : List.of("user", "exe", "comm", "service", "slice", "container")) {
                assertEquals(Truth.NO, test(subject + "=1*", outbound(reason)), subject);
                assertEquals(Truth.YES, test(subject + "!=1*", outbound(reason)), subject);
            }
        }

        @Test
        void comparesTheUserOfTheSocket() throws RuleException {
            Owner socket = Owner.ofSocket(
                    OwnerSource.SOCK_DIAG, 1000, UnitPath.parse("/system.slice/x.service"), Unattributed.PROCESS_GONE);
            AttributedFlow flow = Flows.of(event(HTTP), Direction.OUTBOUND, socket);
            assertEquals(Truth.YES, test("user=alice service=x.service", flow));
        }
    }

    @Test
    void doesNotTakeAUserOfAContainerForOneOfTheHost() throws RuleException {
        Owner contained = Owner.of(
                OwnerSource.BPF,
                process("curl", "curl"),
                UnitPath.parse("/system.slice/docker-" + "0123456789abcdef".repeat(4) + ".scope"));
        AttributedFlow flow = Flows.of(event(HTTP), Direction.OUTBOUND, contained);
        assertEquals(Truth.UNKNOWN, test("user=alice", flow));
        assertEquals(Truth.YES, test("user=1000", flow));
    }

    @Nested
    class BeforeTheFlowIsAttributed {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "proto=tcp                   | YES",
                    "proto=udp                   | NO",
                    "address=195.24.232.208      | YES",
                    "port=80                     | YES",
                    "port=81 user=alice          | NO",
                    "port=80 user=alice          | UNKNOWN",
                    "dst=195.24.232.208          | UNKNOWN",
                    "dport=80                    | UNKNOWN",
                    "direction=outbound          | UNKNOWN",
                    "dname=example.org           | UNKNOWN",
                    "service!=cron.service       | UNKNOWN",
                })
        void matchesOnlyWhatAttributionDoesNotChange(String rule, Truth result) throws RuleException {
            assertEquals(result, FlowRule.parse(rule).test(event(HTTP), null, USERS));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dport            | 'dport' is no condition; write SUBJECT=VALUE or SUBJECT!=VALUE without spaces, with SUBJECT direction, proto, address, src, dst, port, sport, dport, dname, service, unit, slice, user, exe, comm or container",
                "pid=7            | unknown subject 'pid'; use direction, proto, address, src, dst, port, sport, dport, dname, service, unit, slice, user, exe, comm or container",
                "dport=           | 'dport=' lacks a value; separate values by commas without spaces",
                "dport=80,        | 'dport=80,' lacks a value; separate values by commas without spaces",
                "dport=80, 81     | 'dport=80,' lacks a value; separate values by commas without spaces",
                "dport=65536      | '65536' is not a port or a range, such as 8000-8999",
                "dport=90-80      | '90-80' is not a port or a range, such as 8000-8999",
                "dport=http       | 'http' is not a port or a range, such as 8000-8999",
                "dst=example.org  | 'example.org' is not an address or a network, such as 192.0.2.0/24",
                "dst=010.0.0.1    | '010.0.0.1' is not an address or a network, such as 192.0.2.0/24",
                "dst=10.0.0.0/33  | '10.0.0.0/33' is not an address or a network, such as 192.0.2.0/24",
                "proto=TCP        | 'TCP' is not tcp, udp, icmp, icmpv6, sctp, udplite, dccp, gre or a number from 0 to 255",
                "Dport=80         | unknown subject 'Dport'; use direction, proto, address, src, dst, port, sport, dport, dname, service, unit, slice, user, exe, comm or container",
                "service=nginx    | 'nginx' is not a unit with processes: write the suffix, such as nginx.service, or a pattern, such as nginx*",
                "unit=cron.timer  | 'cron.timer' is not a unit with processes: write the suffix, such as nginx.service, or a pattern, such as nginx*",
                "slice!=system    | 'system' is not a slice, such as system.slice",
                "exe=curl         | 'curl' is not a path, such as /usr/bin/curl",
                "comm=systemd-resolved | 'systemd-resolved' is not a name of at most 15 characters, which is all that the kernel keeps; use exe=",
                "dname=example.org. | 'example.org.' is not a name, such as www.example.org",
                "dname=https://example.org/ | 'https://example.org/' is not a name, such as www.example.org",
                "proto=tcp proto=udp | 'proto' is there twice, but a flow has one; write the values in one condition, separated by commas",
                "direction=out    | 'out' is not outbound, inbound, local or forwarded",
            })
    void refusesWhatIsNoRule(String rule, String message) {
        assertEquals(
                message,
                assertThrows(RuleException.class, () -> FlowRule.parse(rule)).getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "dport=80 dport=443                  | dport",
                "dst=192.0.2.1 dst=10.0.0.1          | dst",
                "dport=80,443 dst=192.0.2.1          | -",
                "dst=10.0.0.0/8 dst!=10.1.0.0/16     | -",
                "address=192.0.2.1 address=192.0.2.2 | -",
            })
    void knowsWhatOnlyATranslatedFlowMeets(String rule, String subject) throws RuleException {
        assertEquals(Optional.ofNullable(subject), FlowRule.parse(rule).translated());
    }

    @Nested
    class OfAFilter {
        private boolean passes(List<FlowRule> include, List<FlowRule> exclude, AttributedFlow flow) {
            FlowFilter filter = new FlowFilter(include, exclude, USERS);
            boolean passes = filter.passes(flow);
            assertEquals(true, filter.mayPass(flow.event()) || !passes, "what passes may pass before, too");
            return passes;
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                nullValues = "-",
                value = {
                    "-                  | -                  | true",
                    "-                  | dport=80           | false",
                    "-                  | dport=81           | true",
                    "-                  | user=carol         | true",
                    "dport=80           | -                  | true",
                    "dport=81           | -                  | false",
                    "user=carol         | -                  | true",
                    "dport=80           | comm=curl          | false",
                    "dport=81;dport=80  | dport=82;dport=83  | true",
                    "port=1             | -                  | false",
                })
        void excludesOnlyWhatIsCertain(String include, String exclude, boolean result) throws RuleException {
            assertEquals(result, passes(rules(include), rules(exclude), outbound()));
        }

        private static List<FlowRule> rules(String texts) throws RuleException {
            List<FlowRule> rules = new ArrayList<>();
            if (texts != null) {
                for (String text : texts.split(";")) {
                    rules.add(FlowRule.parse(text));
                }
            }
            return rules;
        }
    }
}
