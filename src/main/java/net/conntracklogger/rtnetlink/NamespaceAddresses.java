// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.io.Closeable;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.SearchBudget;

/**
 * Which addresses are those of other network namespaces, now. They are read where a flow of the namespace is to be told of,
 * from the files of a process that is in it, and again when something changed. Of a namespace in which no process is found
 * nothing is known: without its local routes an address that no interface has could be its own as well.
 *
 * <p>What is kept is of the namespace with that id and that inode: the kernel says that an id is free before it gives the
 * inode's number to another. Not safe for use by several threads.
 */
public final class NamespaceAddresses implements Closeable {
    /** Of how many namespaces the addresses are kept. */
    private static final int MOST_NAMESPACES = 1024;
    /** How often to read what changes while it is read. */
    private static final int MOST_READS = 3;
    /** How soon to try again what could not be read, in nanoseconds. */
    private static final long INTERVAL = 1_000_000_000;

    /** One namespace. */
    private static final class Known {
        final long inode;
        final long since = System.nanoTime();
        /** Null as long as they are not known. */
        AddressSet addresses;

        long nextRead = since;

        Known(long inode) {
            this.inode = inode;
        }
    }

    private final SearchBudget budget = new SearchBudget();
    private final NetworkTables tables;
    private final NamespaceMembers members;
    private final NamespaceChanges changes;
    private final NamespaceChanges.Listener forgetting = new NamespaceChanges.Listener() {
        @Override
        public void changed(int id) {
            Known place = known.get(id);
            if (place != null) {
                place.addresses = null;
            }
        }

        @Override
        public void ended(int id) {
            changed(id);
            known.remove(id);
        }

        @Override
        public void unsure() {
            known.values().forEach(place -> place.addresses = null);
            known.clear();
        }
    };
    /** By id, the least recently asked for first. */
    private final Map<Integer, Known> known = new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Known> eldest) {
            return size() > MOST_NAMESPACES;
        }
    };

    /**
     * Follows those that have an id in the network namespace that this is called in. Needs CAP_NET_BROADCAST, and
     * CAP_SYS_PTRACE for processes of other users.
     *
     * @param proc procfs
     */
    public NamespaceAddresses(Path proc) throws LinuxException {
        changes = new NamespaceChanges();
        tables = new NetworkTables(proc);
        members = new NamespaceMembers(proc);
    }

    /**
     * Where a flow of another namespace runs, by the addresses there at this moment.
     *
     * @return null where that is not certain
     */
    public Direction direction(FlowEvent event) throws LinuxException {
        NetworkNamespace there = event.namespace();
        if (there.inode() == 0) {
            return null;
        }
        changes.poll(forgetting);
        Known place = known.get(there.id());
        if (place == null || place.inode != there.inode()) {
            place = new Known(there.inode());
            known.put(there.id(), place);
        }
        for (int i = 0; place.addresses == null && i < MOST_READS; i++) {
            long began = System.nanoTime();
            if (began - place.nextRead < 0 || !budget.allows()) {
                return null;
            }
            place.addresses = read(place);
            budget.spend(began);
            if (place.addresses == null) {
                place.nextRead = System.nanoTime() + INTERVAL;
            }
            changes.poll(forgetting);
        }
        return place.addresses == null ? null : place.addresses.direction(event);
    }

    /** Null where no process is found there, or its files are not to be had. */
    private AddressSet read(Known place) {
        int member = members.find(place.inode, place.since);
        if (member == NamespaceMembers.NOBODY) {
            return null;
        }
        AddressSet read = tables.read(member);
        // It may have moved on, or ended and left its pid to another.
        return members.isIn(member, place.inode) ? read : null;
    }

    @Override
    public void close() {
        changes.close();
        tables.close();
        members.close();
    }
}
