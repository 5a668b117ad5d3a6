// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.io.IOException;
import net.conntracklogger.flow.IpAddress;

/** Counts entries before room is made for them. A list then never takes more memory than it needs. */
final class EntryCount implements Entries {
    /** Bytes of all names of a list. With the other parts of a list of a million names, 32 MiB. */
    static final int MOST_NAME_BYTES = 23 << 20;

    private final int most;
    int v4;
    int v6;
    int names;
    int nameBytes;

    /** @param most entries that there is room for */
    EntryCount(int most) {
        this.most = most;
    }

    @Override
    public void network(IpAddress address, int bits) throws IOException {
        if (address.v6()) {
            v6++;
        } else {
            v4++;
        }
        check();
    }

    @Override
    public void name(String name) throws IOException {
        names++;
        nameBytes += NameSet.bytesOf(name);
        check();
    }

    /** Returns the number of entries. */
    int all() {
        return v4 + v6 + names;
    }

    private void check() throws IOException {
        if (all() > most) {
            throw new IOException("all lists together have more than " + WatchLists.MOST_ENTRIES + " entries");
        }
        if (nameBytes > MOST_NAME_BYTES) {
            throw new IOException("the names take more than " + (MOST_NAME_BYTES >> 20) + " MiB");
        }
    }
}
