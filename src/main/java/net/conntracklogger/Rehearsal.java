// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import net.conntracklogger.attribution.FlowAttributor;
import net.conntracklogger.attribution.PendingFlow;
import net.conntracklogger.attribution.sockets.PingSockets;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.entry.ObservationEntry;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.journal.Journal;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.bpf.BpfObject;
import net.conntracklogger.linux.bpf.BpfRing;
import net.conntracklogger.names.AddressNames;
import net.conntracklogger.names.DnsAnswer;
import net.conntracklogger.names.MalformedAnswerException;
import net.conntracklogger.netfilter.FlowDecoder;
import net.conntracklogger.netfilter.MalformedEventException;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.rtnetlink.LocalAddresses;
import net.conntracklogger.systemd.ServiceManager;

/**
 * Runs the steps of the service once, so that the JVM archives their classes ({@code -XX:ArchiveClassesAtExit}). The
 * service starts faster from the archive. Needs no privileges, changes nothing and sends nothing: the event is a
 * recorded one, and the sockets of journald and systemd are given as a path that does not exist.
 */
final class Rehearsal {
    /** The NEW event of a TCP connection over loopback, as Linux 6.18 sends it. */
    private static final byte[] NEW_FLOW = HexFormat.of()
            .parseHex("c4000000000100060000000000000000020000003400018014000180080001007f000001080002007f0000011c0002"
                    + "80050001000600000006000200883600000600030099cf00003400028014000180080001007f000001080002007f00"
                    + "00011c00028005000100060000000600020099cf0000060003008836000008000c006d7e5c97080003000000000808"
                    + "00070000000078300004802c0001800500010001000000050002000a00000005000300000000000600040003000000"
                    + "0600050000000000");

    /** An answer for www.example.org: an alias, an address and EDNS. */
    private static final byte[] ANSWER = HexFormat.of()
            .parseHex(
                    "12348180000100020000000103777777076578616d706c65036f72670000010001c00c000500010000003c0004016ec010c0"
                            + "2d000100010000003c0004c00002010000290400000000000000");

    private static final Path NOWHERE = Path.of("/nonexistent");

    private Rehearsal() {}

    /** Runs the rehearsal. Called by the package when it is configured. */
    public static void main(String[] arguments) throws ReflectiveOperationException, IOException {
        loadOwnClasses();
        try {
            ConfigurationReader.read(Daemon.CONFIGURATION);
        } catch (ConfigurationException e) {
            // The service reports it when it starts.
        }
        try {
            logFlow(SystemRoots.ofHost());
        } catch (IOException | MalformedEventException e) {
            // Expected, because the socket of journald does not exist.
        }
        useBpf();
        try {
            nameDestination();
        } catch (MalformedAnswerException e) {
            throw new AssertionError(e);
        }
        try (ServiceManager systemd = ServiceManager.fromEnvironment(Map.of("NOTIFY_SOCKET", NOWHERE.toString()))) {
            systemd.ready("");
        } catch (IOException e) {
            // Expected, because the socket of systemd does not exist.
        }
    }

    /** Loads all classes except those of commands, because not all are used below. */
    private static void loadOwnClasses() throws ReflectiveOperationException, IOException {
        String directory = Rehearsal.class.getPackageName().replace('.', '/') + "/";
        Path jar = Path.of(Rehearsal.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath());
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : (Iterable<JarEntry>) file.stream()::iterator) {
                String name = entry.getName();
                if (name.startsWith(directory)
                        && name.endsWith(".class")
                        && !isOfCommands(name.substring(directory.length()))) {
                    String binaryName = name.substring(0, name.length() - ".class".length());
                    Class.forName(binaryName.replace('/', '.'), false, Rehearsal.class.getClassLoader());
                }
            }
        }
    }

    private static boolean isOfCommands(String name) {
        return name.startsWith("cli/") || name.startsWith("archive/") || name.startsWith("history/");
    }

    /** Opens a BPF object and a ring buffer that do not exist. libbpf prints nothing after the first. */
    private static void useBpf() {
        try {
            BpfObject.open(NOWHERE.toString()).close();
        } catch (LinuxException | UnsatisfiedLinkError e) {
            // Expected, because the file does not exist.
        }
        try {
            new BpfRing(-1).close();
        } catch (LinuxException | UnsatisfiedLinkError | NoClassDefFoundError e) {
            // Expected, because the descriptor is not open.
        }
    }

    private static void nameDestination() throws MalformedAnswerException {
        AddressNames names = new AddressNames();
        DnsAnswer answer = DnsAnswer.parse(ByteBuffer.wrap(ANSWER));
        names.add(answer, 0);
        names.of(answer.found().get(0).address(), 0);
    }

    private static void logFlow(SystemRoots roots) throws IOException, MalformedEventException {
        BootClock clock = BootClock.of(roots.bootTime(), roots.savesBootTime());
        try (FlowDecoder decoder = new FlowDecoder();
                NativeBuffer message = new NativeBuffer(NEW_FLOW.length);
                ProcessTable processes = new ProcessTable(roots.proc(), clock, CommandLines.YES);
                ControlGroups groups = new ControlGroups(roots.cgroup());
                PingSockets pings = new PingSockets(roots.proc());
                Identities identities = new Identities(roots.proc(), roots.units(), Optional.empty(), () -> true);
                SocketOwners sockets = new SocketOwners(
                        Configuration.DEFAULT.attribution(),
                        processes,
                        groups,
                        pings,
                        LocalPorts.anonymous(roots.proc()),
                        identities);
                FlowAttributor attributor = new FlowAttributor(new LocalAddresses(), Optional.empty(), sockets);
                Journal journal = new Journal(NOWHERE, NOWHERE)) {
            message.bytes().put(0, NEW_FLOW);
            PendingFlow flow = attributor.begin(
                    decoder.decode(message, 0, NEW_FLOW.length, 0), System.nanoTime(), System.nanoTime());
            new ObservationEntry(journal).write(attributor.attribute(flow).orElseThrow());
            journal.flush();
        }
    }
}
