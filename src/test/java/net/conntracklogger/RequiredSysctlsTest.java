// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.netfilter.tracking.ConntrackSysctls;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a directory of the test's own, where a sysctl is a file. */
class RequiredSysctlsTest {
    private static final List<String> NAMES =
            List.of(ConntrackSysctls.EVENTS, ConntrackSysctls.ACCOUNTING, ConntrackSysctls.TIMESTAMP);

    @TempDir
    private Path directory;

    private RequiredSysctls sysctls;

    @BeforeEach
    void open() {
        sysctls = new RequiredSysctls(new ConntrackSysctls(directory, Optional.empty()));
    }

    private void write(String... values) throws IOException {
        for (int i = 0; i < values.length; i++) {
            Files.writeString(directory.resolve(NAMES.get(i)), values[i] + "\n");
        }
    }

    private void assertValues(String... values) throws IOException {
        for (int i = 0; i < values.length; i++) {
            assertEquals(
                    values[i], Files.readString(directory.resolve(NAMES.get(i))).strip(), NAMES.get(i));
        }
    }

    @Test
    void setsAllForEndsAndRestoresThem() throws IOException {
        write("2", "0", "0");
        assertEquals(
                List.of(new Notice(
                        Notice.Kind.CONNTRACK_SYSCTLS_SET,
                        "sysctls set until the service stops: net.netfilter.nf_conntrack_events=1 (was 2),"
                                + " net.netfilter.nf_conntrack_acct=1 (was 0),"
                                + " net.netfilter.nf_conntrack_timestamp=1 (was 0)")),
                sysctls.set(/* ends= */ true, /* existing= */ true));
        assertValues("1", "1", "1");
        sysctls.close();
        assertValues("2", "0", "0");
    }

    @Test
    void setsOnlyEventsForBeginnings() throws IOException {
        write("0", "0", "0");
        assertEquals(
                List.of(new Notice(
                        Notice.Kind.CONNTRACK_SYSCTLS_SET,
                        "sysctls set until the service stops: net.netfilter.nf_conntrack_events=1 (was 0)")),
                sysctls.set(/* ends= */ false, /* existing= */ false));
        assertValues("1", "0", "0");
    }

    @Test
    void setsTimesForExistingFlows() throws IOException {
        write("2", "0", "0");
        sysctls.set(/* ends= */ false, /* existing= */ true);
        assertValues("2", "0", "1");
        assertTrue(sysctls.recordTimes());
    }

    @Test
    void saysThatLostFlowsStayLostIfTimesCannotBeSet() throws IOException {
        write("2", "0");
        String text =
                sysctls.set(/* ends= */ false, /* existing= */ true).get(0).text();
        assertTrue(
                text.endsWith("; flows that are lost in the kernel are not found again; set them in /etc/sysctl.d"),
                text);
        assertFalse(sysctls.recordTimes());
    }

    @Test
    void changesNothingThatIsSufficient() throws IOException {
        write("2", "0", "0");
        assertEquals(List.of(), sysctls.set(/* ends= */ false, /* existing= */ false));
        assertValues("2", "0", "0");
        write("1", "1", "1");
        assertEquals(List.of(), sysctls.set(/* ends= */ true, /* existing= */ true));
    }

    @Test
    void saysWhatEntriesLackIfCountersCannotBeSet() throws IOException {
        write("1");
        List<Notice> notices = sysctls.set(/* ends= */ true, /* existing= */ true);
        assertEquals(1, notices.size());
        assertEquals(Notice.Kind.CONNTRACK_SYSCTLS_REFUSED, notices.get(0).kind());
        String text = notices.get(0).text();
        assertTrue(text.startsWith("sysctls not set: cannot set " + directory.resolve(NAMES.get(1)) + " to 1: "), text);
        assertTrue(text.contains("; cannot set " + directory.resolve(NAMES.get(2)) + " to 1: "), text);
        assertTrue(
                text.endsWith(
                        "; entries of ends and of progress lack bytes or duration, flows that are lost in the kernel are not found"
                                + " again; set them in /etc/sysctl.d"),
                text);
    }

    @Test
    void saysThatFlowsMayBeMissingIfEventsCannotBeSet() {
        String text =
                sysctls.set(/* ends= */ false, /* existing= */ false).get(0).text();
        assertTrue(text.endsWith("; flows may be missing; set them in /etc/sysctl.d"), text);
    }

    @Test
    void setsAgainWhatSomebodySwitchedOff() throws IOException {
        write("2", "0", "1");
        sysctls.set(/* ends= */ true, /* existing= */ false);
        assertEquals(Map.of(), sysctls.restore(/* ends= */ true));
        write("0", "0");
        assertEquals(
                Map.of(ConntrackSysctls.EVENTS, "", ConntrackSysctls.ACCOUNTING, ""),
                sysctls.restore(/* ends= */ true));
        assertValues("1", "1", "1");
        sysctls.close();
        assertValues("2", "0", "1");
    }

    @Test
    void namesWhatCannotBeSetAgain() throws IOException {
        write("1");
        String error = sysctls.restore(/* ends= */ true).get(ConntrackSysctls.ACCOUNTING);
        assertTrue(error.startsWith("cannot set " + directory.resolve(NAMES.get(1)) + " to 1: "), error);
        assertEquals(Map.of(), sysctls.restore(/* ends= */ false));
    }

    @Test
    void reportsWhatIsSetBesideWhatIsNot() throws IOException {
        write("2", "0");
        assertEquals(
                List.of(Notice.Kind.CONNTRACK_SYSCTLS_SET, Notice.Kind.CONNTRACK_SYSCTLS_REFUSED),
                sysctls.set(/* ends= */ true, /* existing= */ true).stream()
                        .map(Notice::kind)
                        .toList());
    }
}
