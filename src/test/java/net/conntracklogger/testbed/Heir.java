// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * A sleeping process that inherited each {@link NativeSocket} that was open when it was started, as a server's workers
 * do. (Java's own child processes inherit nothing.)
 */
public final class Heir implements AutoCloseable {
    private static final int SIGKILL = 9;

    static {
        Native.register(Heir.class, "c");
    }

    private final int pid;

    private Heir(int pid) {
        this.pid = pid;
    }

    /**
     * {@code int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *file_actions, const
     * posix_spawnattr_t *attrp, char *const argv[], char *const envp[]);}
     */
    private static native int posix_spawnp(
            Pointer pid, String file, Pointer fileActions, Pointer attributes, Pointer argv, Pointer envp);

    private static final long TWO_TICKS = 20_000_000;

    /** {@code int kill(pid_t pid, int sig);} */
    private static native int kill(int pid, int signal);

    /** {@code pid_t waitpid(pid_t pid, int *wstatus, int options);} */
    private static native int waitpid(int pid, Pointer status, int options);

    /** Starts one, and waits until it sleeps: before, it goes through other programs. */
    public static Heir start() throws IOException {
        String[] command = {"setpriv", "--pdeathsig", "KILL", "--", "sleep", "120"};
        try (NativeBuffer pid = new NativeBuffer(Integer.BYTES);
                StringArray argv = new StringArray(command);
                StringArray envp = new StringArray(new String[] {"PATH=" + System.getenv("PATH")})) {
            int errno = posix_spawnp(pid.pointer(), command[0], null, null, argv, envp);
            if (errno != 0) {
                throw new LinuxException("start", command[0], errno, "");
            }
            Heir heir = new Heir(pid.bytes().getInt(0));
            Path comm = Path.of("/proc/" + heir.pid + "/comm");
            while (!Files.readString(comm).equals("sleep\n")) {
                LockSupport.parkNanos(1_000_000);
            }
            // When it started is known to the clock tick: what comes now came later, for certain.
            LockSupport.parkNanos(TWO_TICKS);
            return heir;
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
