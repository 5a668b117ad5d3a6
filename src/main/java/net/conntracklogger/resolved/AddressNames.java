// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.resolved;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.RawText;

/**
 * The names that this host looked up to get an address, the most recent few of each address. Bounded: drops the address looked up
 * longest ago. Times are microseconds since the epoch. Thread-safe.
 */
public final class AddressNames {
    /** Bytes of heap, enough for some 16,000 addresses with one name each. */
    private static final long MAX_BYTES = 4 << 20;

    /** Time after the TTL in which an address can still be in use, because programs keep it for longer than they may. */
    private static final long GRACE_MICROS = TimeUnit.MINUTES.toMicros(10);

    /** @param until flows that begin later do not belong to this lookup */
    private record Lookup(DestinationName name, long until) {}

    private final Map<IpAddress, List<Lookup>> lookups = new LinkedHashMap<>();
    private long bytes;

    /** Adds an answer that arrived now. */
    public synchronized void add(QueryReport.Addresses answer, long now) {
        DestinationName name = new DestinationName(RawText.of(answer.name()), now);
        for (QueryReport.Found found : answer.found()) {
            long until = now + TimeUnit.SECONDS.toMicros(found.ttl()) + GRACE_MICROS;
            put(found.address(), new Lookup(name, until));
        }
        for (Iterator<List<Lookup>> oldest = lookups.values().iterator(); bytes > MAX_BYTES; ) {
            bytes -= retainedBytes(oldest.next());
            oldest.remove();
        }
    }

    private void put(IpAddress address, Lookup lookup) {
        List<Lookup> newestFirst = new ArrayList<>(AttributedFlow.MOST_NAMES);
        newestFirst.add(lookup);
        List<Lookup> before = lookups.remove(address);
        if (before != null) {
            bytes -= retainedBytes(before);
            before.stream()
                    .filter(it -> !it.name.text().equals(lookup.name.text()))
                    .limit(AttributedFlow.MOST_NAMES - 1)
                    .forEach(newestFirst::add);
        }
        List<Lookup> kept = List.copyOf(newestFirst);
        bytes += retainedBytes(kept);
        lookups.put(address, kept);
    }

    private static long retainedBytes(List<Lookup> lookups) {
        long bytes = 128;
        for (Lookup lookup : lookups) {
            bytes += 96 + lookup.name.text().length();
        }
        return bytes;
    }

    /**
     * Returns the names that a flow to the address can have been opened by, the most recent first.
     *
     * @param began when the flow began; an answer that is too old by then does not count
     * @param latest an answer that arrived later does not count
     */
    public synchronized List<DestinationName> of(IpAddress address, long began, long latest) {
        List<Lookup> known = lookups.get(address);
        if (known == null) {
            return List.of();
        }
        List<DestinationName> names = new ArrayList<>(known.size());
        for (Lookup lookup : known) {
            if (lookup.name.asked() <= latest && lookup.until >= began) {
                names.add(lookup.name);
            }
        }
        return names;
    }

    /** Returns the number of addresses that have names. */
    public synchronized int size() {
        return lookups.size();
    }
}
