// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.UnitPath;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentitiesTest {
    private static final String SYSTEM = "11111111111111111111111111111111";
    private static final String USER = "22222222222222222222222222222222";
    private static final String CRON = "/system.slice/cron.service";

    @TempDir
    private Path root;

    private Path units;

    @BeforeEach
    void makeLinks() throws Exception {
        units = Files.createDirectories(root.resolve("units"));
        Files.createSymbolicLink(units.resolve("invocation:cron.service"), Path.of(SYSTEM));
        Path user = Files.createDirectories(root.resolve("1/root/run/user/1000/systemd/units"));
        Files.createSymbolicLink(user.resolve("invocation:app.service"), Path.of(USER));
        Files.createDirectories(root.resolve("self"));
        writeUidMap("         0          0 4294967295\n");
        // A link counts if it is two clock ticks older than the flow.
        Thread.sleep(30);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                CRON + ", " + SYSTEM,
                "/system.slice/other.service, -",
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app.service, " + USER,
                "/user.slice/user-1001.slice/user@1001.service/app.slice/app.service, -",
                "/, -"
            })
    void findsTheInvocationOfTheInnermostUnit(String path, String invocation) throws IOException {
        try (Identities identities = open()) {
            assertEquals(invocation, of(identities, path, true).invocation());
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                CRON + ", true, root",
                CRON + ", false, -",
                "/machine.slice/machine-web.scope, true, -",
                "/lxc.payload.web, true, -"
            })
    void findsTheUserUnlessItMayBeOfAContainer(String path, boolean ownPidns, String user) throws IOException {
        try (Identities identities = open()) {
            assertEquals(user, of(identities, path, ownPidns).user().get());
        }
    }

    @Test
    void findsNothingWithoutAControlGroup() throws IOException {
        try (Identities identities = open()) {
            long now = System.nanoTime();
            Identity identity = identities.of(null, 0, true, Optional.empty(), now, now);
            assertNull(identity.invocation());
            assertNull(identity.user().get());
            assertNull(identity.exeDigest().get());
        }
    }

    @Test
    void namesNoUserInAnotherUserNamespace() throws IOException {
        writeUidMap("         0     100000      65536\n");
        try (Identities identities = open()) {
            assertNull(of(identities, CRON, true).user().get());
            assertTrue(identities.missing().toString().contains("PID_USER"));
        }
    }

    @Test
    void hasNothingMissingOnAHostWithoutSystemd() throws IOException {
        units = root.resolve("nowhere");
        try (Identities identities = open()) {
            assertNull(of(identities, CRON, true).invocation());
            assertTrue(identities.missing().isEmpty());
            assertTrue(identities.silent().isEmpty());
        }
    }

    @Test
    void findsTheInvocationOfALaterTime() throws IOException {
        ProcessInfo process = Flows.outbound().owner().process();
        Identity before = new Identity("3".repeat(32), () -> "anne", () -> "digest");
        Owner owner = Owner.of(OwnerSource.BPF, process, UnitPath.parse(CRON), before);
        try (Identities identities = open()) {
            Identity now = identities.again(owner, System.nanoTime()).identity();
            assertEquals(SYSTEM, now.invocation());
            assertSame(before.exeDigest(), now.exeDigest());
            Owner unknown = Owner.unknown(Unattributed.KERNEL);
            assertSame(unknown, identities.again(unknown, System.nanoTime()));
        }
    }

    private void writeUidMap(String map) throws IOException {
        Files.writeString(root.resolve("self/uid_map"), map);
    }

    private Identities open() throws IOException {
        return new Identities(root, units, Optional.empty(), () -> true);
    }

    private static Identity of(Identities identities, String path, boolean ownPidns) throws IOException {
        long now = System.nanoTime();
        return identities.of(UnitPath.parse(path), 0, ownPidns, Optional.empty(), now, now);
    }
}
