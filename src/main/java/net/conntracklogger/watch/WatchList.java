// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.RawText;

/** Addresses, networks and names of some files. Immutable. Takes at most 32 MiB of heap for a million entries. */
public final class WatchList {
    /** A list of nothing. */
    static final WatchList EMPTY = new WatchList(new EntryCount(0));

    private final Ipv4Ranges v4;
    private final Ipv6Ranges v6;
    private final NameSet names;
    private final int entries;

    private WatchList(EntryCount count) {
        v4 = new Ipv4Ranges(count.v4);
        v6 = new Ipv6Ranges(count.v6);
        names = new NameSet(count.names, count.nameBytes, new SecureRandom().nextLong());
        entries = count.all();
    }

    /**
     * Reads files. Reads each twice, so that the list takes no more memory than it needs.
     *
     * @param most maximum number of entries
     * @throws IOException if a file cannot be read, or has a line that is none of a list; the message names it
     */
    public static WatchList read(List<Path> files, int most) throws IOException {
        EntryCount count = new EntryCount(most);
        for (Path file : files) {
            ListFile.read(file, count);
        }
        WatchList list = new WatchList(count);
        for (Path file : files) {
            ListFile.read(file, list.filler());
        }
        list.v4.sort();
        list.v6.sort();
        return list;
    }

    private Entries filler() {
        return new Entries() {
            @Override
            public void network(IpAddress address, int bits) throws IOException {
                check(address.v6() ? v6.isFull() : v4.isFull());
                if (address.v6()) {
                    v6.add(address, bits);
                } else {
                    v4.add(address, bits);
                }
            }

            @Override
            public void name(String name) throws IOException {
                check(names.isFull(name));
                names.add(name);
            }

            private void check(boolean full) throws IOException {
                if (full) {
                    throw new IOException("the file changed while it was read");
                }
            }
        };
    }

    /** Returns the number of entries in the files. */
    public int entries() {
        return entries;
    }

    /** Reports whether the list has names. */
    public boolean hasNames() {
        return !names.isEmpty();
    }

    /** Reports whether the list has an address of the flow, before or after translation. */
    public boolean matches(FlowEvent event) {
        IpAddress source = event.original().source();
        IpAddress destination = event.original().destination();
        IpAddress translatedSource = event.reply().destination();
        IpAddress translatedDestination = event.reply().source();
        return contains(source)
                || contains(destination)
                || !source.equals(translatedSource) && contains(translatedSource)
                || !destination.equals(translatedDestination) && contains(translatedDestination);
    }

    /** Reports whether the address, or a network with it, is in the list. */
    public boolean contains(IpAddress address) {
        return address.v6() ? v6.contains(address.high(), address.low()) : v4.contains(address.low());
    }

    /** Reports whether the name or a parent of it is in the list. The name is in lower case. */
    public boolean contains(RawText name) {
        return names.contains(name);
    }
}
