// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.names;

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
 * The names that this host looked up to get an address. Keeps the most recent few of each address. Bounded: if 4 MiB
 * are not enough, it drops the address looked up longest ago, and counts the drops before the end of the TTL. Times are
 * microseconds since the epoch. Thread-safe.
 */
public final class AddressNames implements NameSource {
    /** Bytes of heap, enough for some 16,000 addresses with one name each. */
    private static final long MAX_BYTES = 4 << 20;

    /**
     * Time after the TTL in which an address can still be in use. Programs keep an address for longer than they may.
     */
    private static final long GRACE_MICROS = TimeUnit.MINUTES.toMicros(10);

    /** @param until flows that begin later do not belong to this lookup */
    private record Lookup(DestinationName name, long until) {}

    private final Map<IpAddress, List<Lookup>> lookups = new LinkedHashMap<>();
    private long bytes;
    private long displaced;

    /**
     * Adds an answer.
     *
     * @param now when the answer arrived
     */
    public synchronized void add(DnsAnswer answer, long now) {
        DestinationName name = new DestinationName(RawText.of(answer.name()), now);
        for (DnsAnswer.Found found : answer.found()) {
            long until = now + TimeUnit.SECONDS.toMicros(found.ttl()) + GRACE_MICROS;
            put(found.address(), new Lookup(name, until));
        }
        for (Iterator<List<Lookup>> oldest = lookups.values().iterator(); bytes > MAX_BYTES; ) {
            List<Lookup> dropped = oldest.next();
            bytes -= retainedBytes(dropped);
            oldest.remove();
            if (dropped.stream().anyMatch(lookup -> lookup.until - GRACE_MICROS > now)) {
                displaced++;
            }
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

    /** Leaves out answers that arrived after the flow began, or were too old by then. */
    @Override
    public synchronized List<DestinationName> of(IpAddress address, long began) {
        List<Lookup> known = lookups.get(address);
        if (known == null) {
            return List.of();
        }
        List<DestinationName> names = new ArrayList<>(known.size());
        for (Lookup lookup : known) {
            if (lookup.name.asked() <= began && lookup.until >= began) {
                names.add(lookup.name);
            }
        }
        return names;
    }

    /** Returns the number of addresses that have names. */
    public synchronized int size() {
        return lookups.size();
    }

    /** Returns the number of addresses whose names were dropped before the end of their TTL. */
    public synchronized long displaced() {
        return displaced;
    }
}
