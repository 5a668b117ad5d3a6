// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conntracklogger.config.FleetCluster;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.question.JsonReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TemplateTest {
    private static final FleetCluster PLAIN = cluster("http://192.0.2.1:9201", Optional.empty());
    private static final FleetCluster ENCRYPTED =
            cluster("https://search1.example.net:9200", Optional.of(Path.of("/etc/fleet.password")));

    private static FleetCluster cluster(String url, Optional<Path> credentials) {
        return new FleetCluster(List.of(URI.create(url)), Optional.of(Path.of("/etc/fleet.pem")), credentials);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"OPENSEARCH", "RSYSLOG"})
    void saysInItsFirstLineThatItIsNotRun(Template template) {
        assertTrue(template.text(FleetCluster.NONE)
                .lines()
                .findFirst()
                .orElseThrow()
                .contains(Template.NOT_RUN));
    }

    @ParameterizedTest
    @EnumSource(Template.class)
    void leavesNoPlaceEmpty(Template template) {
        for (FleetCluster cluster : List.of(FleetCluster.NONE, PLAIN, ENCRYPTED)) {
            String text = template.text(cluster);
            assertTrue(text.endsWith("\n"));
            // What is to be filled in, and what a wrong order of values leaves.
            assertFalse(Pattern.compile("@[A-Z_]+@|%s|null").matcher(text).find(), text);
        }
    }

    @Test
    void hasNamesWithoutUnderscores() {
        assertEquals("opensearch, opensearch-retention, rsyslog, clickhouse, vector, fluent-bit", Template.names());
        for (Template template : Template.values()) {
            assertEquals(Optional.of(template), Template.named(template.title()));
        }
        assertEquals(Optional.empty(), Template.named("opensearch_retention"));
    }

    @Test
    void mapsEveryFieldInTheIndex() {
        Map<?, ?> properties = properties();
        for (JournalField field : JournalField.values()) {
            assertTrue(properties.containsKey(field.name()), field::name);
        }
        assertEquals(
                FleetField.ALL.size() + EcsAlias.ALL.size() + 1,
                properties.size(),
                "fields, aliases and the time stamp");
        assertEquals("ip", ((Map<?, ?>) properties.get("FLOW_SRC")).get("type"));
        assertEquals("long", ((Map<?, ?>) properties.get("STAT_FLOWS")).get("type"));
    }

    @Test
    void leadsEachAliasToAField() {
        Map<?, ?> properties = properties();
        for (EcsAlias alias : EcsAlias.ALL) {
            Map<?, ?> field = (Map<?, ?>) properties.get(alias.field());
            assertTrue(field != null && !"alias".equals(field.get("type")), alias::toString);
        }
    }

    private static Map<?, ?> properties() {
        Object root = JsonReader.read(Template.OPENSEARCH.text(FleetCluster.NONE));
        for (String name : List.of("template", "mappings", "properties")) {
            root = ((Map<?, ?>) root).get(name);
        }
        return (Map<?, ?>) root;
    }

    @Test
    void convertsEveryFieldForClickHouse() {
        String text = Template.CLICKHOUSE.text(FleetCluster.NONE);
        for (JournalField field : JournalField.values()) {
            // Text as it comes, the column with its type, and the conversion.
            assertEquals(2, count(text, "\n    `" + field + "` "), field::name);
            assertEquals(1, count(text, " AS `" + field + "`"), field::name);
        }
    }

    private static long count(String text, String part) {
        return Pattern.compile(Pattern.quote(part)).matcher(text).results().count();
    }

    /** A misspelt name would be an empty part of every key, and of every condition. */
    @Test
    void namesOnlyFieldsThatExistForRsyslog() {
        TreeSet<String> known = Stream.concat(
                        FleetField.ALL.stream().map(FleetField::name),
                        Stream.of("_PID", "_TRANSPORT", "_CAP_EFFECTIVE", "_CMDLINE", "_COMM", "_EXE", "_GID"))
                .collect(Collectors.toCollection(TreeSet::new));
        known.addAll(
                List.of("_SELINUX_CONTEXT", "_SYSTEMD_CGROUP", "_SYSTEMD_INVOCATION_ID", "_SYSTEMD_SLICE", "_UID"));
        List<String> unknown = Pattern.compile("\\$!([A-Z_]+)")
                .matcher(Template.RSYSLOG.text(FleetCluster.NONE))
                .results()
                .map((MatchResult name) -> name.group(1))
                .filter(name -> !known.contains(name))
                .toList();
        assertEquals(List.of(), unknown);
    }

    @Test
    void makesTheKeyOfAnEntry() {
        String text = Template.RSYSLOG.text(FleetCluster.NONE);
        String flow = "%$!_MACHINE_ID%-%$!_BOOT_ID%-%$!FLOW_NETNS:1:128%-%$!FLOW_ID%-%$!FLOW_TIMESTAMP%-%$!FLOW_EVENT%";
        assertEquals(1, count(text, flow));
        assertTrue(Arrays.stream(Template.values())
                .filter(it -> it == Template.VECTOR || it == Template.FLUENT_BIT)
                .allMatch(it -> it.text(FleetCluster.NONE).contains("FLOW_TIMESTAMP")));
    }

    @ParameterizedTest
    @EnumSource(names = {"RSYSLOG", "VECTOR", "FLUENT_BIT"})
    void namesTheClusterOfTheConfiguration(Template template) {
        String plain = template.text(PLAIN);
        assertTrue(plain.contains("192.0.2.1"));
        assertFalse(plain.contains("tls") || plain.contains("password") || plain.contains("example"), plain);
        String encrypted = template.text(ENCRYPTED);
        assertTrue(encrypted.contains("search1.example.net"));
        assertTrue(encrypted.contains("/etc/fleet.pem"));
        assertTrue(encrypted.toLowerCase(Locale.ROOT).contains("password"));
        assertFalse(encrypted.contains("/etc/fleet.password"), "its file is in another form");
    }

    /** Every action sends to the same nodes, or a retry would go elsewhere. */
    @Test
    void sendsAgainAsItSentFirst() {
        String text = Template.RSYSLOG.text(ENCRYPTED);
        assertEquals(2, count(text, "server=[\"https://search1.example.net:9200\"]"));
        assertEquals(2, count(text, "usehttps=\"on\" tls.cacert=\"/etc/fleet.pem\""));
        assertEquals(2, count(text, "writeoperation=\"create\""));
    }
}
