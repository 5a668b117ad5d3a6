// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.Endpoint.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import net.conntracklogger.netfilter.tracking.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program that src/README.md shows, word for word. */
@KernelTest
class ReadmeSnippetIT {
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern CLASS = Pattern.compile("class (\\w+)");
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @Test
    void printsTheFirstFlows(@TempDir Path directory) throws Exception {
        String program = find(BLOCK, Files.readString(Path.of("src/README.md")));
        String name = find(CLASS, program);
        Path file = Files.writeString(directory.resolve(name + ".java"), program);
        assertEquals(
                0,
                ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-Xlint:all", "-Werror", "-cp", CLASS_PATH, file.toString()));

        List<String> command = List.of("java", "-cp", CLASS_PATH + File.pathSeparator + directory, name);
        try (TrackingTable tracking = TrackingTable.add();
                DatagramChannel socket = DatagramChannel.open().bind(at("127.0.0.1", 0));
                Child snippet = Child.start(Map.of(), command)) {
            assertEquals("conntrack_logger", tracking.name());
            // The program does not report when it listens, so flows are made until it has printed enough and ends.
            int port = 10_000;
            while (snippet.isAlive() && port < 60_000) {
                send(socket, at("127.0.0.1", port++));
                Thread.sleep(1);
            }
            List<String> printed = snippet.output().all();
            assertEquals(0, snippet.await());
            Matcher first = Pattern.compile(".*:(\\d+)").matcher(printed.get(0));
            assertTrue(first.matches(), printed::toString);
            int seen = Integer.parseInt(first.group(1));
            String flow = "udp " + text(socket.getLocalAddress()) + " > 127.0.0.1:";
            assertEquals(List.of(flow + seen, flow + (seen + 1), flow + (seen + 2)), printed);
        }
    }

    private static String find(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertTrue(matcher.find(), () -> "no " + pattern);
        return matcher.group(1);
    }
}
