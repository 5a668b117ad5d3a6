// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import net.conntracklogger.concurrent.RecentlyUsed;
import net.conntracklogger.flow.ProcessInfo;

/**
 * Reads facts about running processes from /proc and keeps them for a second. The BPF programs cannot read the memory
 * of a listener while another process is current. Not thread-safe.
 */
public final class ProcessReadings {
    /** Maximum age of a reading, in nanoseconds. */
    private static final long FRESH_NANOS = 1_000_000_000;

    private static final int REMEMBERED = 1024;

    private record Key(int pid, long startTicks) {}

    private record Reading(ProcessInfo process, long time) {}

    private final ProcessTable processes;
    private final RecentlyUsed<Key, Reading> readings = new RecentlyUsed<>(REMEMBERED);

    public ProcessReadings(ProcessTable processes) {
        this.processes = processes;
    }

    /** Returns a process as it was at most one second ago; null if it ended. */
    public ProcessInfo recent(int pid, long startTicks) {
        Key key = new Key(pid, startTicks);
        Reading known = readings.get(key);
        if (known != null && System.nanoTime() - known.time < FRESH_NANOS) {
            return known.process;
        }
        return read(key);
    }

    /** Returns the time until which a reading is recent; 0 if there is none. */
    public long freshUntil(int pid, long startTicks) {
        Reading known = readings.get(new Key(pid, startTicks));
        return known == null ? 0 : known.time + FRESH_NANOS;
    }

    /** Returns the process as {@link #recent} does, with its present user and group. */
    public ProcessInfo withIds(int pid, long startTicks) {
        ProcessInfo process = recent(pid, startTicks);
        ProcessStatus status = process == null ? null : processes.status(pid);
        if (status == null) {
            return null;
        }
        boolean same = status.uid() == process.uid()
                && status.gid() == process.gid()
                && status.effectiveUid() == process.effectiveUid();
        return same ? process : read(new Key(pid, startTicks));
    }

    private ProcessInfo read(Key key) {
        long now = System.nanoTime();
        ProcessStat stat = processes.stat(key.pid);
        ProcessInfo process =
                stat == null || stat.startTicks() != key.startTicks ? null : processes.read(key.pid, stat);
        if (process != null) {
            readings.put(key, new Reading(process, now));
        }
        return process;
    }
}
