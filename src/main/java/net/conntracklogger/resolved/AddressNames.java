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
 * Which names this host looked up to get an address, the newest few of each. Bounded: what was asked for longest ago makes
 * room. Times are microseconds since the epoch. Any thread may use it.
 */
public final class AddressNames {
    /** Bytes of heap: enough for some 16,000 addresses with a name each. */
    private static final long MOST_BYTES = 4 << 20;

    /** For how long after its TTL an address is taken to be in use still, as programs keep it for longer than they may. */
    private static final long GRACE = TimeUnit.MINUTES.toMicros(10);

    /** @param until when the answer is too old to have led anywhere */
    private record Lookup(DestinationName name, long until) {}

    private final Map<IpAddress, List<Lookup>> lookups = new LinkedHashMap<>();
    private long bytes;

    /** Takes in an answer that came now. */
    public synchronized void add(QueryReport.Addresses answer, long now) {
        DestinationName name = new DestinationName(RawText.of(answer.name()), now);
        for (QueryReport.Found found : answer.found()) {
            long until = now + TimeUnit.SECONDS.toMicros(found.ttl()) + GRACE;
            put(found.address(), new Lookup(name, until));
        }
        for (Iterator<List<Lookup>> oldest = lookups.values().iterator(); bytes > MOST_BYTES; ) {
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
        long weight = 128;
        for (Lookup lookup : lookups) {
            weight += 96 + lookup.name.text().length();
        }
        return weight;
    }

    /**
     * The names that can have led to this address, the newest first.
     *
     * @param began when it was used: an answer must not be too old by then
     * @param latest when the last answer that can have led to that came
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

    /** How many addresses have names. */
    public synchronized int size() {
        return lookups.size();
    }
}
