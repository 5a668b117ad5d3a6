// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.identity.OpenExecutable;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.process.ProcFacts;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Heir;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the programs in the kernel noted, of processes that have ended before anybody asks. */
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
final class KernelOwnerIT extends KernelOwnerFixture {
    @Test
    void knowsWhoHasEnded(OwnNetwork far) throws Exception {
        for (String address : new String[] {FAR, "fd00:10:77::1"}) {
            long pid = runToItsEnd("echo >/dev/udp/" + address + "/9", "told");
            assertIs(pid, "told", next(Direction.OUTBOUND).owner());
        }
    }

    @Test
    void knowsWhoHasConnectedAndEnded(OwnNetwork far) throws Exception {
        long pid = runToItsEnd("echo >/dev/tcp/" + FAR + "/9", "refused");
        assertIs(pid, "refused", next(Direction.OUTBOUND).owner());
    }

    /** The second has the port of the first, and sends to the same place: each flow is its own process's. */
    @Test
    void tellsApartWhoUsesATupleAfterAnother() throws Exception {
        String script = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', 4000));"
                + " s.sendto(b'x', ('127.0.0.1', 9))";
        for (String mark : new String[] {"first", "second"}) {
            Child sender = Child.start("python3", "-c", script, mark);
            assertEquals(0, sender.await());
            assertIs(sender.pid(), mark, next(Direction.LOCAL).owner());
            Child.run("conntrack", "-F");
            nothingWaits();
        }
    }

    /** Who has the port now may be another than who began the flow, and no socket tells. */
    @Test
    void namesNobodyWhereOneUsedATupleRightAfterAnother() throws Exception {
        String script = "import socket, sys; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', 4001));"
                + " s.connect(('127.0.0.1', 9)); s.send(b'x'); print('sent', flush=True); sys.stdin.read()";
        try (Child first = Child.start("python3", "-c", script)) {
            assertEquals("sent", first.output().next());
        }
        Child.run("conntrack", "-F");
        try (Child second = Child.start("python3", "-c", script)) {
            assertEquals("sent", second.output().next());
            assertUnknown(Unattributed.AMBIGUOUS, next(Direction.LOCAL).owner());
        }
    }

    /** Of a socket with several flows at a time it is remembered which were noted just now: of its user, and no other. */
    @Test
    void namesNobodyWhereAChildGoesOnWithAllFlowsOfASocket(OwnNetwork far) throws Exception {
        // They take turns by pipes: each of theirs is soon after the other's.
        String script = """
                import os, socket
                s = socket.socket(type=socket.SOCK_DGRAM)
                s.bind(('%s', 4002))
                to_child, to_parent = os.pipe(), os.pipe()
                child = os.fork() == 0
                for round in range(%d):
                    if child:
                        os.read(to_child[0], 1)
                    for port in (1, 2, 3) * 2:
                        s.sendto(b'x', ('%s', 100 * (round + 1) + port))
                    os.write((to_parent if child else to_child)[1], b'x')
                    if not child:
                        os.read(to_parent[0], 1)
                """;
        int rounds = 8;
        try (Child sender = Child.start("python3", "-c", script.formatted(NEAR, rounds, FAR))) {
            assertEquals(0, sender.await());
        }
        for (int i = 0; i < 3 * rounds; i++) {
            assertUnknown(Unattributed.AMBIGUOUS, next(Direction.OUTBOUND).owner());
        }
    }

    @Test
    void knowsTheSenderInAnotherNetworkNamespace(OwnNetwork container) throws Throwable {
        Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        Child.ip(
                "link add out0 type veth peer name nowhere",
                "link set out0 up",
                "link set nowhere up",
                "route add 10.79.0.0/16 dev out0");
        Child.nft(
                "table ip nat { chain out { type nat hook postrouting priority 100; oifname \"out0\" masquerade; }; }");
        Child.run("ip", "address", "add", "192.0.2.1/24", "dev", "out0");
        long pid = container.call(() -> {
            Child.ip("route add 10.79.0.0/16 via " + NEAR);
            return runToItsEnd("echo >/dev/udp/10.79.0.1/9", "contained");
        });
        AttributedFlow flow = next(Direction.FORWARDED);
        assertTrue(flow.event().isTranslated(), flow.toString());
        assertIs(pid, "contained", flow.owner());
    }

    // ---- who it is

    /** As /proc/PID/exe has it, though nobody can look there any more. */
    @Test
    void marksADeletedProgram(@TempDir Path directory, OwnNetwork far) throws Exception {
        Path program = Files.copy(Path.of("/bin/bash"), directory.resolve("program"));
        Child child = Child.start(program.toString(), "-c", "rm " + program + "; echo >/dev/udp/" + FAR + "/9", "gone");
        child.await();
        assertEquals(
                program + " (deleted)",
                next(Direction.OUTBOUND).owner().process().exe().utf8());
    }

    /** A package upgrade, say: what was a file when the process first used a socket is none any more. */
    @Test
    void marksAProgramThatWasDeletedSince(@TempDir Path directory, OwnNetwork far) throws Exception {
        Path program = Files.copy(Path.of("/bin/bash"), directory.resolve("program"));
        try (Child child =
                Child.start(program.toString(), "-c", "while read port; do echo >/dev/udp/" + FAR + "/$port; done")) {
            child.say("9\n");
            RawText before = next(Direction.OUTBOUND).owner().process().exe();
            assertEquals(program.toString(), before.utf8());
            Files.delete(program);
            child.say("10\n");
            RawText after = next(Direction.OUTBOUND).owner().process().exe();
            assertEquals(program + " (deleted)", after.utf8());
            assertEquals(link(child), after.utf8());
        }
    }

    @Test
    void marksAProgramThatNeverWasAFile(OwnNetwork far) throws Exception {
        Child child = inMemory("echo >/dev/udp/" + FAR + "/9");
        child.await();
        assertEquals(
                "/memfd:probe (deleted)",
                next(Direction.OUTBOUND).owner().process().exe().utf8());
    }

    /** Both layers say the same, and what is in memory alone is hashed while it runs. */
    @Test
    void hashesAProgramThatNeverWasAFile(OwnNetwork far) throws Exception {
        try (Child child = inMemory("echo >/dev/udp/" + FAR + "/9; read line")) {
            Owner owner = next(Direction.OUTBOUND).owner();
            assertEquals(link(child), owner.process().exe().utf8());
            assertEquals(sha256(Path.of("/bin/bash")), digest(owner));
        }
    }

    /** Of many processes of one program each is known. */
    @Test
    void hashesWhatHasEnded(OwnNetwork far) throws Exception {
        String digest = sha256(Path.of("/bin/bash"));
        for (String mark : new String[] {"first", "second"}) {
            runToItsEnd("echo >/dev/udp/" + FAR + "/9", mark);
            Owner owner = next(Direction.OUTBOUND).owner();
            try (OpenExecutable bash = OpenExecutable.open("/bin/bash")) {
                assumeTrue(bash.keepsTimes(), "/bin is on a file system that is never believed");
            }
            assertEquals(digest, digest(owner));
        }
    }

    /** stat(2) has other numbers there than the kernel itself: the layers are on file systems of their own. */
    @Test
    void hashesWhatRunsInAnotherMountNamespaceOnAnOverlay(@TempDir Path directory, OwnNetwork far) throws Exception {
        String line = """
                mount -t tmpfs none $0 && mkdir $0/lower $0/upper $0/top && mount -t tmpfs none $0/lower &&
                mkdir $0/upper/upper $0/upper/work && cp /bin/bash $0/lower/program &&
                mount -t overlay none -o lowerdir=$0/lower,upperdir=$0/upper/upper,workdir=$0/upper/work $0/top &&
                exec $0/top/program -c 'echo >/dev/udp/%s/9; read line'
                """.formatted(FAR);
        try (Child child = Child.start("unshare", "--mount", "bash", "-c", line, directory.toString())) {
            Owner owner = next(Direction.OUTBOUND).owner();
            assertEquals(
                    directory.toRealPath() + "/top/program",
                    owner.process().exe().utf8());
            assertTrue(child.isAlive());
            assertEquals(sha256(Path.of("/bin/bash")), digest(owner));
        }
    }

    @Test
    void namesTheUser(OwnNetwork far) throws Exception {
        String line = "echo >/dev/udp/" + FAR + "/9";
        try (Child child = Child.start("setpriv", "--reuid", "nobody", "--clear-groups", "bash", "-c", line)) {
            child.await();
        }
        Owner owner = next(Direction.OUTBOUND).owner();
        assertEquals("65534", Long.toString(owner.uid()));
        assertEquals("nobody", user(owner));
    }

    /** Who has the id there is another matter. */
    @Test
    void namesNobodyInAContainer(OwnNetwork far) throws Exception {
        String line = "echo >/dev/udp/" + FAR + "/9";
        try (Child child = Child.start("unshare", "--pid", "--fork", "bash", "-c", line)) {
            child.await();
        }
        Owner owner = next(Direction.OUTBOUND).owner();
        assertEquals(0, owner.uid());
        assertSame(Identity.UNKNOWN.user(), owner.identity().user());
    }

    private static Child inMemory(String line) throws IOException {
        String script = "import os; fd = os.memfd_create('probe'); os.write(fd, open('/bin/bash', 'rb').read());"
                + " os.execve(fd, ['bash', '-c', '" + line + "'], os.environ)";
        return Child.start("python3", "-c", script);
    }

    private static String link(Child child) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc", Integer.toString(child.pid()), "exe"))
                .toString();
    }

    private static String sha256(Path file) throws Exception {
        return Child.run("sha256sum", file.toString()).substring(0, 64);
    }

    /** Waits for it, however busy this machine is. */
    private static String digest(Owner owner) {
        return whenKnown(owner.identity().exeDigest());
    }

    private static String user(Owner owner) {
        return whenKnown(owner.identity().user());
    }

    private static String whenKnown(Supplier<String> answer) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        String value = answer.get();
        while (value == null && System.nanoTime() < end) {
            value = answer.get();
        }
        return value;
    }

    // ---- who accepts

    @Test
    void knowsWhoListensWhileItHoldsTheSocket(OwnNetwork far) throws Throwable {
        try (NativeSocket server =
                        NativeSocket.bound(at(NEAR, 80), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
                Heir one = Heir.start()) {
            server.listen();
            assertIs(SELF, OwnerSource.BPF, connected(far, 80));
            assertIs(SELF, OwnerSource.BPF, connected(far, 80));
            server.close();
            for (int i = 0; i < 2; i++) {
                Owner heir = connected(far, 80);
                assertIs(one.pid(), OwnerSource.LISTENER, heir);
                assertEquals("root", user(heir));
            }
        }
    }

    @Test
    void knowsWhoReceivesDatagramsOfAnInheritedSocket(OwnNetwork far) throws Throwable {
        try (NativeSocket server = NativeSocket.bound(at(NEAR, 53), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDP);
                Heir one = Heir.start();
                DatagramChannel client = far.call(DatagramChannel::open)) {
            send(client, at(NEAR, 53));
            assertIs(SELF, OwnerSource.BPF, next(Direction.INBOUND).owner());
            server.close();
            Child.run("conntrack", "-F");
            send(client, at(NEAR, 53));
            assertIs(one.pid(), OwnerSource.LISTENER, next(Direction.INBOUND).owner());
        }
    }

    @Test
    void namesNobodyWhereTwoInheritedAListener(OwnNetwork far) throws Throwable {
        try (NativeSocket server =
                        NativeSocket.bound(at(NEAR, 80), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
                Heir one = Heir.start();
                Heir other = Heir.start()) {
            server.listen();
            server.close();
            Owner owner = connected(far, 80);
            assertUnknown(Unattributed.SHARED_SOCKET, owner);
            assertEquals(OwnerSource.LISTENER, owner.source());
            assertEquals(0, owner.uid());
            assertTrue(ProcFacts.of(one.pid())
                    .controlGroups()
                    .contains(owner.cgroup().path()));
            other.close();
            Thread.sleep(1100); // For a second they are believed to share it.
            assertIs(one.pid(), OwnerSource.LISTENER, connected(far, 80));
        }
    }

    /** As a daemon does; its master then forks workers, which accept. */
    @Test
    void knowsTheEldestWhereTheParentIsGone(OwnNetwork far) throws Throwable {
        String script = "import os, signal, socket; s = socket.create_server(('10.77.0.2', 80)); pid = os.fork();"
                + " (print(pid, flush=True), os._exit(0)) if pid else (os.fork(), os.fork(), signal.pause())";
        try (Child daemon = Child.start("python3", "-c", script)) {
            long master = Long.parseLong(daemon.output().next());
            daemon.await();
            ProcessHandle handle = ProcessHandle.of(master).orElseThrow();
            List<ProcessHandle> family = new ArrayList<>(List.of(handle));
            try {
                while (handle.descendants().count() < 3) {
                    Thread.sleep(1);
                }
                handle.descendants().forEach(family::add);
                assertIs(master, OwnerSource.LISTENER, connected(far, 80));
            } finally {
                family.forEach(ProcessHandle::destroyForcibly);
            }
        }
    }

    /** The listener is older than the programs, and which of its holders uses it nothing tells but their kinship. */
    @Test
    void asksWhoHoldsAListenerThatIsOlder(OwnNetwork far) throws Throwable {
        try (NativeSocket server =
                        NativeSocket.bound(at(NEAR, 80), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
                Heir worker = Heir.start()) {
            server.listen();
            close();
            open();
            assertIs(SELF, OwnerSource.LISTENER, connected(far, 80));
            server.close();
            assertIs(worker.pid(), OwnerSource.LISTENER, connected(far, 80));
        }
    }

    /** The owner of a connection from the far end, whose client has gone again. */
    private Owner connected(OwnNetwork far, int port) throws Throwable {
        far.call(() -> SocketChannel.open(at(NEAR, port))).close();
        return next(Direction.INBOUND).owner();
    }
}
