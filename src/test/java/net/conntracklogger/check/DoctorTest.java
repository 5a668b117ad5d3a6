// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.answer.Evidence;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.history.coverage.NotPermittedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A host of files, which is right, and whose log this user may not read. */
class DoctorTest {
    @TempDir
    private Path root;

    private final Moments moments = new Moments(/* utc= */ true);
    private long runningSince = 1_000_000;
    private long configurationChanged;

    @BeforeEach
    void makeHost() throws IOException {
        write("proc/sys/kernel/osrelease", "6.1.0-42-amd64");
        write("sys/kernel/btf/vmlinux", "");
        write("sys/kernel/security/lockdown", "none [integrity] confidentiality");
        write("sys/module/nf_conntrack_netlink/refcnt", "0");
        write("proc/sys/net/netfilter/nf_conntrack_max", "1000");
        write("proc/sys/net/netfilter/nf_conntrack_count", "100");
        write("proc/sys/net/netfilter/nf_conntrack_events", "2");
        write("etc/systemd/system/multi-user.target.wants/conntrack-logger.service", "");
        write("run/systemd/journal/socket", "");
        write("var/log/journal/x", "");
    }

    @AfterEach
    void close() {
        moments.close();
    }

    @Test
    void findsNothingWrongWithARightHost() {
        assertEquals(
                List.of(),
                findings().stream()
                        .filter(it -> it.level() != Finding.Level.OK)
                        .filter(it ->
                                !it.subject().equals("clock") && !it.subject().equals("permissions"))
                        .toList());
    }

    @Test
    void doesNotCheckWhatTheUserMayNotRead() {
        Finding permissions = finding("permissions");
        assertEquals(Finding.Level.SKIP, permissions.level());
        assertEquals("cannot read it", permissions.text());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "proc/sys/kernel/osrelease                   | 5.10.0-1            | warn | kernel",
                "proc/sys/kernel/osrelease                   | 6.0.9               | warn | kernel",
                "sys/kernel/security/lockdown                | [confidentiality]   | warn | lockdown",
                "proc/sys/net/netfilter/nf_conntrack_count   | 800                 | warn | conntrack table",
                "proc/sys/net/netfilter/nf_conntrack_count   | 999                 | fail | conntrack table",
                "proc/sys/net/netfilter/nf_conntrack_events  | 0                   | fail | sysctls",
                "etc/conntrack-logger.conf                   | [Log                | fail | configuration",
                "etc/systemd/journald.conf                   | MaxLevelStore=err   | fail | journal level",
                "etc/systemd/journald.conf.d/9.conf          | Storage=none        | fail | journal storage",
                "usr/lib/systemd/journald.conf.d/9.conf      | Storage=volatile    | warn | journal storage",
            })
    void findsWhatIsWrong(String file, String text, String level, String subject) throws IOException {
        write(file, text);
        Finding finding = finding(subject);
        assertEquals(level, finding.level().text(), finding::text);
        assertTrue(!finding.remedy().isEmpty(), finding::text);
    }

    @ParameterizedTest
    @CsvSource({
        "sys/kernel/btf/vmlinux, warn, BTF",
        "run/systemd/journal/socket, fail, journald",
        "etc/systemd/system/multi-user.target.wants/conntrack-logger.service, warn, service",
        "proc/sys/net/netfilter/nf_conntrack_max, skip, conntrack table",
    })
    void findsWhatIsMissing(String file, String level, String subject) throws IOException {
        Files.delete(root.resolve(file));
        assertEquals(level, finding(subject).level().text());
    }

    @Test
    void findsAServiceThatDoesNotRunOrHasAnOldConfiguration() {
        runningSince = Evidence.NOT_RUNNING;
        assertEquals(Finding.Level.FAIL, finding("service").level());
        runningSince = 1_000_000;
        configurationChanged = 2_000_000;
        assertEquals(Finding.Level.WARN, finding("service").level());
    }

    @Test
    void believesTheLastDropIn() throws IOException {
        write("etc/systemd/journald.conf", "MaxLevelStore=err");
        write("run/systemd/journald.conf.d/5.conf", "MaxLevelStore=debug");
        assertEquals(Finding.Level.OK, finding("journal level").level());
        write("etc/systemd/journald.conf.d/5.conf", "MaxLevelStore=warning");
        assertEquals(Finding.Level.FAIL, finding("journal level").level());
    }

    @Test
    void readsWatchListsAsTheServiceDoes() throws IOException {
        write("good", "192.0.2.0/24\nexample.org");
        write("empty", "# nothing");
        write("broken", "192.0.2.1\n192.0.2.999");
        StringBuilder configuration = new StringBuilder();
        for (String name : List.of("good", "empty", "broken", "absent")) {
            configuration.append("[Watch " + name + "]\nList=" + root.resolve(name) + "\n");
        }
        write("etc/conntrack-logger.conf", configuration.toString());
        assertEquals(Finding.ok("watch list good", "entries: 2"), finding("watch list good"));
        for (String name : List.of("empty", "broken", "absent")) {
            Finding finding = finding("watch list " + name);
            assertEquals(Finding.Level.WARN, finding.level(), finding::text);
            assertTrue(!finding.remedy().isEmpty());
        }
        assertTrue(finding("watch list broken").text().contains(root.resolve("broken") + ":2: "));
        assertTrue(finding("watch list absent").text().contains(root.resolve("absent") + ": no such file"));
    }

    @Test
    void findsAListThatIsHiddenFromTheService() throws IOException {
        write("home/jo/list", "192.0.2.1");
        write("etc/conntrack-logger.conf", "[Watch bad]\nList=" + root.resolve("home/jo/list"));
        assertTrue(finding("watch list bad").text().startsWith("the service cannot see " + root.resolve("home/jo")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[Expect web.service]    | Allow=port=1             | the users and units that they name exist",
                "[Expect web.service]    | Allow=user=root          | the users and units that they name exist",
                "[Expect web.service]    | Allow=user=no-such       | they name unknown users: no-such",
                "[Expect many@.service]  | Allow=port=1             | the users and units that they name exist",
                "[Expect many@a.service] | Allow=port=1             | the users and units that they name exist",
                "[Expect x-1.scope]      | Allow=port=1             | the users and units that they name exist",
                "[Expect wbe.service]    | Allow=port=1             | [Expect wbe.service]: no unit file of this host has that name",
                "[Expect httpd.service]  | Allow=port=1             | [Expect httpd.service]: httpd.service is an alias of web.service, by which flows are logged",
                "[Expect off.service]    | Allow=port=1             | the users and units that they name exist",
                "[Log]                   | Include=dport=1 dport=2  | only a flow that NAT translates meets both conditions on dport of Include=dport=1 dport=2",
                "[Log]                   | Exclude=dport=1,2        | the users and units that they name exist",
            })
    void comparesRulesWithTheHost(String section, String line, String text) throws IOException {
        write("usr/lib/systemd/system/web.service", "");
        write("etc/systemd/user/many@.service", "");
        Path directory = Files.createDirectories(root.resolve("etc/systemd/system"));
        Files.createSymbolicLink(directory.resolve("httpd.service"), Path.of("/usr/lib/systemd/system/web.service"));
        Files.createSymbolicLink(directory.resolve("off.service"), Path.of("/dev/null"));
        write("etc/conntrack-logger.conf", section + "\n" + line);
        Finding finding = finding("rules");
        assertEquals(text, finding.text());
        assertEquals(finding.level() == Finding.Level.OK, finding.remedy().isEmpty());
    }

    @Test
    void findsRulesThatLeaveNothing() {
        assertEquals(Finding.Level.WARN, LogChecks.selection(7, 0).level());
        assertEquals(Finding.Level.OK, LogChecks.selection(7, 1).level());
    }

    private Finding finding(String subject) {
        return findings().stream()
                .filter(it -> it.subject().equals(subject))
                .findFirst()
                .orElseThrow();
    }

    private List<Finding> findings() {
        Evidence evidence = new Evidence(true, Optional.empty(), configurationChanged, runningSince, 3_000_000);
        return new Doctor(root, root.resolve("etc/conntrack-logger.conf"), evidence, moments, () -> {
                    throw new NotPermittedException("cannot read it");
                })
                .findings();
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text + "\n");
    }
}
