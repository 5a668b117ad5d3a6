// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.NotifySocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The service as a process of its own, in a network namespace of the test's own. */
@KernelTest
abstract class ServiceFixture {
    protected static final String SELF = Long.toString(ProcessHandle.current().pid());
    /** Takes long values in one step: a step for each character overflows the stack. */
    private static final Pattern JSON_FIELD = Pattern.compile("\"([A-Z0-9_]+)\":\"((?:[^\"\\\\]++|\\\\.)*+)\"");

    @TempDir
    protected Path directory;

    protected Child service;
    protected NotifySocket manager;

    @AfterEach
    protected void close() {
        if (service != null) {
            service.close();
        }
        if (manager != null) {
            manager.close();
        }
    }

    protected void start(String configuration, String... arguments) throws Exception {
        start(directory.resolve("notify").toString(), Map.of(), configuration, arguments);
    }

    /** Starts the service and waits until it is ready. */
    protected void start(
            String notifySocket, Map<String, String> environment, String configuration, String... arguments)
            throws Exception {
        manager = new NotifySocket(notifySocket);
        Map<String, String> all = new HashMap<>(environment);
        all.put("NOTIFY_SOCKET", notifySocket);
        service = Child.start(all, command(configuration, List.of(arguments)));
        manager.await("READY=1", service);
    }

    /** Starts the service by a line of bash, which has the command as its arguments, and waits until it is ready. */
    protected void startInShell(String line, String... arguments) throws Exception {
        String notifySocket = directory.resolve("notify").toString();
        manager = new NotifySocket(notifySocket);
        List<String> command = new ArrayList<>(List.of("bash", "-c", line, "bash"));
        command.addAll(command("", List.of(arguments)));
        service = Child.start(Map.of("NOTIFY_SOCKET", notifySocket), command);
        manager.await("READY=1", service);
    }

    protected List<String> command(String configuration, List<String> arguments) throws IOException {
        Path file = Files.writeString(directory.resolve("test.conf"), configuration);
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "net.conntracklogger.cli.Main",
                "run",
                "--config=" + file));
        command.addAll(arguments);
        return command;
    }

    protected static void flood(List<Integer> ports) throws IOException {
        try (DatagramChannel socket = DatagramChannel.open()) {
            for (int port : ports) {
                send(socket, at("127.0.0.1", port));
            }
        }
    }

    /** Returns the netlink sockets of this network. Columns: address, protocol, port id, groups, bytes to read (Rmem), ... */
    protected static Stream<String[]> netlinkSockets() throws IOException {
        return Files.readAllLines(Path.of("/proc/thread-self/net/netlink")).stream()
                .skip(1)
                .map(line -> line.split(" +"));
    }

    protected Map<String, String> nextFlow() throws InterruptedException {
        return fields(service.output().next(line -> line.contains("\"FLOW_EVENT\"")));
    }

    protected static Map<String, String> fields(String line) {
        Map<String, String> fields = new HashMap<>();
        JSON_FIELD.matcher(line).results().forEach(field -> fields.put(field.group(1), field.group(2)));
        return fields;
    }

    protected static String port(java.net.SocketAddress address) {
        return Integer.toString(((InetSocketAddress) address).getPort());
    }
}
