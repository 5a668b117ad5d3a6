// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import net.conntracklogger.linux.FileReader;

/** Which process is in a network namespace: any that is. Not safe for use by several threads. */
final class NamespaceMembers implements AutoCloseable {
    static final int NOBODY = -1;
    /** How soon to look again for a process in a namespace that had none, in nanoseconds. */
    private static final long INTERVAL = 1_000_000_000;

    private final Path proc;
    private final FileReader files = new FileReader();
    /** As the last search found them, by the namespace's inode. */
    private final Map<Long, Integer> members = new HashMap<>();

    private long searched = System.nanoTime() - INTERVAL;

    /** @param proc procfs */
    NamespaceMembers(Path proc) {
        this.proc = proc;
    }

    /**
     * Finds one.
     *
     * @param since when the namespace was first heard of: an older search tells nothing of it
     * @return its pid, or {@link #NOBODY}
     */
    int find(long inode, long since) {
        int found = members.getOrDefault(inode, NOBODY);
        if (isIn(found, inode)) {
            return found;
        }
        boolean searchedSince = searched - since >= 0 && System.nanoTime() - searched < INTERVAL;
        if (searchedSince) {
            return NOBODY;
        }
        searched = System.nanoTime();
        members.clear();
        files.visitNumbers(proc.toString(), pid -> {
            members.putIfAbsent(namespaceOf(pid), pid);
            return true;
        });
        return members.getOrDefault(inode, NOBODY);
    }

    /** Whether the process is there now. */
    boolean isIn(int pid, long inode) {
        return pid != NOBODY && namespaceOf(pid) == inode;
    }

    /** The inode in {@code net:[INODE]}; 0 where the process has ended, or may not be looked at. */
    private long namespaceOf(int pid) {
        int length = files.readLink(proc.resolve(pid + "/ns/net").toString());
        long inode = 0;
        for (int i = 0; i < length; i++) {
            int digit = files.content().get(i) - '0';
            if (digit >= 0 && digit <= 9) {
                inode = inode * 10 + digit;
            }
        }
        return inode;
    }

    @Override
    public void close() {
        files.close();
    }
}
