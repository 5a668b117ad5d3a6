// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;

/**
 * The facts about a process image.
 *
 * @param exe path of the executable, with the mark of deletion if {@code deleted}; null if unknown or too long
 * @param deleted whether the executable was unlinked when the image was recorded
 * @param commandLine null if there is none or it is unknown
 * @param lacksCommandLine whether the command line is unknown because a part of its record was evicted
 * @param parent parent pid, 0 if not visible
 * @param ancestors {@code sh(28860) < cron(512)}, from the parent up; empty if there are none
 * @param pidns inode of the pid namespace of the process
 * @param device file system of the executable in the kernel's encoding, {@code major << 20 | minor}
 * @param inode of the executable on that file system, 0 if unknown
 */
record ImageFacts(
        RawText exe,
        boolean deleted,
        PrintableText commandLine,
        boolean lacksCommandLine,
        int parent,
        String ancestors,
        int pidns,
        int device,
        long inode) {

    /**
     * Returns the path as {@code /proc/PID/exe} shows it. The path has the mark of deletion if the file is unlinked
     * now.
     */
    RawText exe(boolean nowDeleted) {
        return exe != null && nowDeleted && !deleted ? exe.followedBy(ProcessImages.DELETED) : exe;
    }

    /** Creates the facts that /proc shows now; the path includes the mark of deletion. */
    static ImageFacts of(ProcessInfo running, int pidns) {
        return new ImageFacts(
                running.exe(),
                /* deleted= */ true,
                running.commandLine(),
                /* lacksCommandLine= */ false,
                running.parent(),
                null,
                pidns,
                0,
                0);
    }

    /**
     * Returns these facts with what a later reading shows. The ancestors are unknown if the parent has changed. A process
     * that is exiting has no command line any more, which then remains as it is.
     */
    ImageFacts changedTo(ProcessInfo now) {
        return new ImageFacts(
                exe == null ? now.exe() : exe,
                deleted,
                now.commandLine() == null ? commandLine : now.commandLine(),
                now.commandLine() == null && lacksCommandLine,
                now.parent(),
                parent == now.parent() ? ancestors : null,
                pidns,
                device,
                inode);
    }

    /** Returns the same facts with the path that /proc shows. */
    ImageFacts withExe(RawText path) {
        return new ImageFacts(path, deleted, commandLine, lacksCommandLine, parent, ancestors, pidns, device, inode);
    }
}
