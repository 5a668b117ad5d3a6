// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * A sleeping process that inherited each {@link NativeSocket} that was open when it was started, as a server's workers
 * do. (Child processes that Java starts inherit nothing.)
 */
public final class SocketHolder implements AutoCloseable {
    private static final int SIGKILL = 9;
    private static final long TWO_TICKS_NANOS = 20_000_000;

    static {
        Native.register(SocketHolder.class, "c");
    }

    private final int pid;

    private SocketHolder(int pid) {
        this.pid = pid;
    }

    /**
     * {@code int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *file_actions, const
     * posix_spawnattr_t *attrp, char *const argv[], char *const envp[]);}
     */
    private static native int posix_spawnp(
            Pointer pid, String file, Pointer fileActions, Pointer attributes, Pointer argv, Pointer envp);

    /** {@code int kill(pid_t pid, int sig);} */
    private static native int kill(int pid, int signal);

    /** {@code pid_t waitpid(pid_t pid, int *wstatus, int options);} */
    private static native int waitpid(int pid, Pointer status, int options);

    /** Starts a process and waits until it sleeps. Before, it executes other programs. */
    public static SocketHolder start() throws Exception {
        SocketHolder holder = new SocketHolder(spawn("setpriv", "--pdeathsig", "KILL", "--", "sleep", "120"));
        try {
            Path comm = Path.of("/proc/" + holder.pid + "/comm");
            Wait.until(
                    "process " + holder.pid + " sleeps",
                    () -> Files.readString(comm).equals("sleep\n"));
        } catch (Throwable e) {
            holder.close();
            throw e;
        }
        // The start of a process is known to the clock tick: what follows is certainly later.
        LockSupport.parkNanos(TWO_TICKS_NANOS);
        return holder;
    }

    private static int spawn(String... command) throws LinuxException {
        try (NativeBuffer pid = new NativeBuffer(Integer.BYTES);
                StringArray argv = new StringArray(command);
                StringArray envp = new StringArray(new String[] {"PATH=" + System.getenv("PATH")})) {
            int errno = posix_spawnp(pid.pointer(), command[0], null, null, argv, envp);
            if (errno != 0) {
                throw new LinuxException("start", command[0], errno, "");
            }
            return pid.bytes().getInt(0);
        }
    }

    public int pid() {
        return pid;
    }

    @Override
    public void close() {
        kill(pid, SIGKILL);
        waitpid(pid, null, 0);
    }
}
