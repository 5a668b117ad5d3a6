// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import com.sun.jna.Pointer;
import java.util.Set;
import net.conntracklogger.concurrent.AsyncLookup;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * The host's accounts, by whatever name services it is configured with (nsswitch.conf(5)): a look may take as long as the
 * slowest of them. One thread uses it.
 */
final class AccountDatabase implements AsyncLookup.Source<Long> {
    /** struct passwd {char *pw_name; ...} */
    private static final int PASSWD_LENGTH = 48;

    private static final int FIRST_SIZE = 4096;
    private static final int LARGEST = 1 << 20;
    /** By which getpwuid_r(3) may say that there is no such user. */
    private static final Set<Integer> NO_SUCH_USER = Set.of(0, Errno.ENOENT, Errno.ESRCH, Errno.EBADF, Errno.EPERM);

    private final NativeBuffer passwd = new NativeBuffer(PASSWD_LENGTH);
    private final NativeBuffer result = new NativeBuffer(Long.BYTES);
    private NativeBuffer strings = new NativeBuffer(FIRST_SIZE);

    /**
     * The name of a user; null where nobody has that id.
     *
     * @throws LinuxException where that could not be found out
     */
    @Override
    public String find(Long uid) throws LinuxException {
        int errno = look(uid);
        while (errno == Errno.ERANGE && strings.size() < LARGEST) {
            NativeBuffer larger = new NativeBuffer(strings.size() * 4);
            strings.close();
            strings = larger;
            errno = look(uid);
        }
        if (result.bytes().getLong(0) != 0) {
            Pointer name = passwd.pointer().getPointer(0);
            byte[] bytes = name.getByteArray(0, (int) name.indexOf(0, (byte) 0));
            return RawText.copyOf(bytes, 0, bytes.length).utf8();
        }
        if (NO_SUCH_USER.contains(errno)) {
            return null;
        }
        throw new LinuxException("find the name of", "user " + uid, errno, "");
    }

    private int look(long uid) {
        result.bytes().putLong(0, 0);
        return LibC.getpwuid_r((int) uid, passwd.pointer(), strings.pointer(), strings.size(), result.pointer());
    }

    @Override
    public void close() {
        passwd.close();
        result.close();
        strings.close();
    }
}
