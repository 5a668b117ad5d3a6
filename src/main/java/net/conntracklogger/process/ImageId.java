// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

/**
 * Identifies one process image. A reused pid has another start time; an exec changes the image number.
 *
 * @param start start time of the process, nanoseconds of CLOCK_BOOTTIME
 * @param tgid thread-group id in the initial pid namespace
 * @param image {@code task_struct.self_exec_id}: counts the programs that the process and its ancestors have run
 * @param version hash of the command line and the parent, which the image can change; 0 if unknown
 */
public record ImageId(long start, int tgid, int image, int version) {
    @Override
    public boolean equals(Object other) {
        return other instanceof ImageId id
                && start == id.start
                && tgid == id.tgid
                && image == id.image
                && version == id.version;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * (31 * Long.hashCode(start) + tgid) + image) + version;
    }
}
