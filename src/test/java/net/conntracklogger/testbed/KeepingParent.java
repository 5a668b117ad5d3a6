// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A process that runs a service as systemd does: it keeps the descriptors that the service passes to it, and gives them to the
 * next process of the service (sd_notify(3), {@code FDSTORE=1}; sd_listen_fds(3)).
 */
public final class KeepingParent implements AutoCloseable {
    private static final String PROGRAM = """
            import fcntl, os, signal, socket, sys
            manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            manager.bind(os.environ['NOTIFY_SOCKET'])
            kept = {}
            def take():
                text, descriptors, _, _ = socket.recv_fds(manager, 4096, 1)
                message = dict(line.split('=', 1) for line in text.decode().splitlines())
                name = message.get('FDNAME')
                if 'FDSTORE' in message:
                    kept[name] = descriptors[0]
                if 'FDSTOREREMOVE' in message and name in kept:
                    os.close(kept.pop(name))
                return 'READY' in message
            def start(command):
                pid = os.fork()
                if pid == 0:
                    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 200) for descriptor in kept.values()]
                    for i, descriptor in enumerate(high):
                        os.dup2(descriptor, 3 + i)
                    os.closerange(3 + len(high), 300)
                    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(high)), LISTEN_FDNAMES=':'.join(kept))
                    os.execvp('setpriv', ['setpriv', '--pdeathsig', 'KILL', '--'] + command)
                while not take():
                    pass
                return pid
            for line in sys.stdin:
                word, *rest = line.rstrip('\\n').split('\\t')
                if word == 'start':
                    pid = start(rest)
                else:
                    os.kill(pid, getattr(signal, word))
                    os.waitpid(pid, 0)
                    manager.setblocking(False)
                    try:
                        while True:
                            take()
                    except BlockingIOError:
                        manager.setblocking(True)
                print('done ' + word, flush=True)
            """;

    private final Child parent;

    /** @param notifySocket path of the socket at which the parent receives notifications */
    public KeepingParent(String notifySocket) throws IOException {
        parent = Child.start(Map.of("NOTIFY_SOCKET", notifySocket), List.of("python3", "-c", PROGRAM));
    }

    /** Starts the service, which prints nothing, and waits until it is ready. */
    public void start(List<String> command) throws Exception {
        tell("start", Stream.concat(Stream.of("start"), command.stream()).toList());
    }

    /** Sends SIGTERM to the service and waits for its end. */
    public void stop() throws Exception {
        tell("SIGTERM", List.of("SIGTERM"));
    }

    /** Sends SIGKILL to the service and waits for its end. */
    public void kill() throws Exception {
        tell("SIGKILL", List.of("SIGKILL"));
    }

    private void tell(String word, List<String> line) throws Exception {
        parent.say(String.join("\t", line) + "\n");
        String answer = parent.output().next();
        if (!("done " + word).equals(answer)) {
            throw new AssertionError(answer + " " + parent.errors().all());
        }
    }

    @Override
    public void close() {
        parent.close();
    }
}
