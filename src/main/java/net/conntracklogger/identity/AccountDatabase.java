// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import com.sun.jna.Pointer;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntSupplier;
import net.conntracklogger.concurrent.AsyncLookup;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * Looks up user names in the account database of the host (getpwuid_r(3), nsswitch.conf(5)). A lookup takes as long as the
 * slowest name service. Not thread-safe.
 */
final class AccountDatabase implements AsyncLookup.Source<Long> {
    /** {@code struct passwd {char *pw_name, *pw_passwd; uid_t pw_uid; ...}}. */
    private static final int PASSWD_LENGTH = 48;

    private static final int PW_UID = 16;

    private static final int FIRST_LENGTH = 4096;
    private static final int MAX_LENGTH = 1 << 20;
    /** Results of getpwuid_r(3) for an id of no user. */
    private static final Set<Integer> NO_SUCH_USER = Set.of(0, Errno.ENOENT, Errno.ESRCH, Errno.EBADF, Errno.EPERM);

    private final NativeBuffer passwd = new NativeBuffer(PASSWD_LENGTH);
    private final NativeBuffer result = new NativeBuffer(Long.BYTES);
    private NativeBuffer strings = new NativeBuffer(FIRST_LENGTH);

    /**
     * Returns the name of a user, or null if no user has the id.
     *
     * @throws LinuxException if a name service fails
     */
    @Override
    public String find(Long uid) throws LinuxException {
        boolean found = lookUp(
                "user " + uid,
                () -> LibC.getpwuid_r(
                        (int) (long) uid, passwd.pointer(), strings.pointer(), strings.size(), result.pointer()));
        if (!found) {
            return null;
        }
        Pointer name = passwd.pointer().getPointer(0);
        byte[] bytes = name.getByteArray(0, (int) name.indexOf(0, (byte) 0));
        return RawText.copyOf(bytes, 0, bytes.length).utf8();
    }

    /**
     * Returns the id of a user; empty if no user has the name.
     *
     * @throws LinuxException if a name service fails
     */
    OptionalLong uid(String name) throws LinuxException {
        try (NativeBuffer text = NativeBuffer.ofString(name)) {
            boolean found = lookUp(
                    "user '" + name + "'",
                    () -> LibC.getpwnam_r(
                            text.pointer(), passwd.pointer(), strings.pointer(), strings.size(), result.pointer()));
            return found
                    ? OptionalLong.of(Integer.toUnsignedLong(passwd.bytes().getInt(PW_UID)))
                    : OptionalLong.empty();
        }
    }

    /** Reports whether the call found a user. The call returns an errno. */
    private boolean lookUp(String user, IntSupplier call) throws LinuxException {
        result.bytes().putLong(0, 0);
        int errno = call.getAsInt();
        while (errno == Errno.ERANGE && strings.size() < MAX_LENGTH) {
            NativeBuffer larger = new NativeBuffer(strings.size() * 4);
            strings.close();
            strings = larger;
            errno = call.getAsInt();
        }
        boolean found = result.bytes().getLong(0) != 0;
        if (!found && !NO_SUCH_USER.contains(errno)) {
            throw new LinuxException("look up", user, errno, "");
        }
        return found;
    }

    @Override
    public void close() {
        passwd.close();
        result.close();
        strings.close();
    }
}
