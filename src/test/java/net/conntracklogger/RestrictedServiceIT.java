// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.flow.Unattributed.NOT_PERMITTED;
import static net.conntracklogger.flow.Unattributed.OTHER_PIDNS;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.NotifySocket;
import org.junit.jupiter.api.Test;

/** The service in a container, or without capabilities that its unit grants. */
class RestrictedServiceIT extends ServiceFixture {
    /** Starts the service by a command, which executes its last arguments, and waits until the service is ready. */
    private void startBy(List<String> command, String configuration) throws Exception {
        String notifySocket = directory.resolve("notify").toString();
        manager = new NotifySocket(notifySocket);
        List<String> whole = Stream.concat(command.stream(), command(configuration, List.of("--output=json")).stream())
                .toList();
        service = Child.start(Map.of("NOTIFY_SOCKET", notifySocket), whole);
        manager.await("READY=1", service);
    }

    @Test
    void reportsTheUserOfAProcessOutsideItsPidNamespace() throws Exception {
        startBy(List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"), "");
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", 9));
            Map<String, String> flow = nextFlow();
            assertFalse(flow.containsKey("PID"), flow::toString);
            assertEquals(OTHER_PIDNS.text(), flow.get("PID_REASON"), flow::toString);
            assertEquals("bpf", flow.get("PID_SOURCE"), flow::toString);
            assertEquals("0", flow.get("PID_UID"), flow::toString);
            // The root of the unified hierarchy says nothing about a process on a hybrid host.
            assertNotEquals("/", flow.get("PID_CGROUP"), flow::toString);
        }
    }

    /** Root without capabilities reads the descriptors of its own processes, but not those of other users. */
    @Test
    void reportsTheUserOfAProcessWhoseDescriptorsItMayNotRead() throws Exception {
        startBy(
                List.of("setpriv", "--bounding-set=-sys_ptrace,-dac_override,-dac_read_search"),
                "[Capture]\nAttribution=sock_diag proc\n");
        String line = "exec 3<>/dev/udp/127.0.0.1/9; echo >&3; echo sent; read";
        try (Child initiator =
                Child.start("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", line)) {
            initiator.output().next("sent"::equals);
            Map<String, String> flow = nextFlow();
            assertFalse(flow.containsKey("PID"), flow::toString);
            assertEquals(NOT_PERMITTED.text(), flow.get("PID_REASON"), flow::toString);
            assertEquals("sock_diag", flow.get("PID_SOURCE"), flow::toString);
            assertEquals("65534", flow.get("PID_UID"), flow::toString);
        }
    }
}
