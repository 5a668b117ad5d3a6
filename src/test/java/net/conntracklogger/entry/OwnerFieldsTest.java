// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.Flows.BEGAN;
import static net.conntracklogger.entry.Flows.event;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.util.List;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.UnitPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnerFieldsTest {

    @Test
    void holdProcessAndUnit() throws IOException {
        assertFields(
                Flows.outbound(),
                "PID=28865",
                "PID_START=1795451953640000",
                "PID_UID=1000",
                "PID_GID=100",
                "PID_LOGINUID=1001",
                "PID_COMM=curl",
                "PID_EXE=/usr/bin/curl",
                "PID_CMDLINE=curl -s http://example.org",
                "PID_PPID=28860",
                "PID_CGROUP=/system.slice/cron.service",
                "PID_SERVICE=cron.service",
                "PID_UNIT=cron.service",
                "PID_SLICE=system.slice",
                "PID_SOURCE=sock_diag");
    }

    @Test
    void holdTheIdentity() throws IOException {
        Identity identity = new Identity("9eb8f6637dc94d508934de53c7705ccd", () -> "anne", () -> "e3b0c442".repeat(8));
        ProcessInfo process = Flows.outbound().owner().process();
        assertFields(
                of(Owner.of(OwnerSource.BPF, process, null, identity)),
                "PID=28865",
                "PID_START=1795451953640000",
                "PID_UID=1000",
                "PID_GID=100",
                "PID_LOGINUID=1001",
                "PID_COMM=curl",
                "PID_EXE=/usr/bin/curl",
                "PID_CMDLINE=curl -s http://example.org",
                "PID_PPID=28860",
                "PID_INVOCATION_ID=9eb8f6637dc94d508934de53c7705ccd",
                "PID_USER=anne",
                "PID_EXE_SHA256=e3b0c442e3b0c442e3b0c442e3b0c442e3b0c442e3b0c442e3b0c442e3b0c442",
                "PID_SOURCE=bpf");
    }

    @Test
    void leaveOutWhatIsUnknown() throws IOException {
        assertFields(
                of(Owner.of(OwnerSource.LISTENER, process("", null, null), null)),
                "PID=7",
                "PID_START=" + BEGAN,
                "PID_UID=0",
                "PID_GID=0",
                "PID_SOURCE=listener");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    curl            | sh(28860) < cron(512) | curl(7) < sh(28860) < cron(512)
                    curl            | ''                    | curl(7)
                    x(1) < systemd  | ''                    | x\\x281\\x29\\x20\\x3c\\x20systemd(7)
                    a\\x20b         | ''                    | a\\x5cx20b(7)
                    """)
    void holdTheAncestry(String comm, String ancestors, String expected) throws IOException {
        List<String> lines = RecordedEntry.of(of(Owner.of(OwnerSource.BPF, process(comm, "/bin/x", ancestors), null)))
                .lines("PID_ANCESTRY=");
        assertEquals(List.of("PID_ANCESTRY=" + expected), lines);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    a\u001b[2J      | a\\x1b[2J
                    a\\x1b          | a\\\\x1b
                    (sd-pam) < x    | (sd-pam) < x
                    ü日             | ü日
                    """)
    void escapeInANameWhatIsNotPrintable(String comm, String expected) throws IOException {
        RecordedEntry entry = RecordedEntry.of(of(Owner.of(OwnerSource.BPF, process(comm, comm, null), null)));
        assertEquals(List.of("PID_COMM=" + expected), entry.lines("PID_COMM="));
        assertEquals(List.of("PID_EXE=" + expected), entry.lines("PID_EXE="));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /user.slice/user-1.slice/session-c2.scope | PID_SERVICE=session-c2.scope,PID_UNIT=session-c2.scope,PID_SLICE=user-1.slice,PID_SESSION=c2,PID_OWNER_UID=1
                    /machine.slice/machine-web\\x2d1.scope    | PID_SERVICE=machine-web\\x2d1.scope,PID_UNIT=machine-web\\x2d1.scope,PID_SLICE=machine.slice,PID_MACHINE=web-1
                    /lxc.payload.web                          | PID_SLICE=-.slice,PID_CONTAINER=web
                    /lxc.payload.a\\b\u001bc                  | PID_SLICE=-.slice,PID_CONTAINER=a\\\\b\\x1bc
                    """)
    void holdWhatTheGroupSays(String path, String fields) throws IOException {
        Owner owner = Owner.ofSocket(
                OwnerSource.PROC, ProcessInfo.UNKNOWN_ID, UnitPath.parse(path), Unattributed.PROCESS_GONE);
        assertFields(
                of(owner),
                ("PID_CGROUP=" + path.replace("\u001b", "\\x1b") + "," + fields
                                + ",PID_SOURCE=proc,PID_REASON=process-gone")
                        .split(","));
    }

    @Test
    void holdTheUserOfASocketWithoutProcess() throws IOException {
        Owner owner = Owner.ofSocket(
                OwnerSource.SOCK_DIAG,
                1000,
                UnitPath.parse("/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-1.scope"),
                Unattributed.PROCESS_GONE);
        assertFields(
                of(owner),
                "PID_UID=1000",
                "PID_CGROUP=/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-1.scope",
                "PID_SERVICE=app-firefox-1.scope",
                "PID_UNIT=user@1000.service",
                "PID_USER_UNIT=app-firefox-1.scope",
                "PID_SLICE=user-1000.slice",
                "PID_OWNER_UID=1000",
                "PID_SOURCE=sock_diag",
                "PID_REASON=process-gone");
    }

    @Test
    void holdTheAcceptorOfALocalFlow() throws IOException {
        Owner peer = Owner.of(
                OwnerSource.LISTENER,
                Flows.process("unbound", "unbound -d"),
                UnitPath.parse("/system.slice/unbound.service"));
        AttributedFlow flow =
                new AttributedFlow(event(Flows.HTTP), Direction.LOCAL, Owner.unknown(Unattributed.PROCESS_GONE), peer);
        assertEquals(
                List.of(
                        "PEER_PID=28865",
                        "PEER_COMM=unbound",
                        "PEER_EXE=/usr/bin/curl",
                        "PEER_CMDLINE=unbound -d",
                        "PEER_UID=1000",
                        "PEER_SERVICE=unbound.service"),
                RecordedEntry.of(flow).lines("PEER_"));
    }

    @Test
    void areNotRepeatedIfALookupMayStillFindSomething() throws IOException {
        ProcessInfo process = Flows.outbound().owner().process();
        Owner known = Owner.of(OwnerSource.BPF, process, null, new Identity(null, () -> "anne", () -> "e3b0"));
        assertEquals(known, RecordedEntry.of(of(known)).kept());
        Owner nameless = Owner.of(OwnerSource.BPF, process, null, new Identity(null, () -> null, () -> "e3b0"));
        assertNull(RecordedEntry.of(of(nameless)).kept());
        Owner unhashed = Owner.of(OwnerSource.BPF, process, null, new Identity(null, () -> "anne", () -> null));
        assertNull(RecordedEntry.of(of(unhashed)).kept());
        Owner unasked = Owner.of(OwnerSource.BPF, process, null);
        assertEquals(unasked, RecordedEntry.of(of(unasked)).kept());
    }

    private static ProcessInfo process(String comm, String exe, String ancestors) {
        return new ProcessInfo(
                7,
                BEGAN,
                0,
                0,
                0,
                RawText.of(comm),
                exe == null ? null : RawText.of(exe),
                null,
                /* parent= */ 0,
                ProcessInfo.UNKNOWN_ID,
                ancestors);
    }

    private static AttributedFlow of(Owner owner) {
        return Flows.of(event(Flows.HTTP), Direction.OUTBOUND, owner);
    }

    private static void assertFields(AttributedFlow flow, String... expected) throws IOException {
        assertEquals(List.of(expected), RecordedEntry.of(flow).lines("PID"));
    }
}
