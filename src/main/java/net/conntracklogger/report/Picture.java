// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import net.conntracklogger.history.query.Totals;

/**
 * Units and their peers, the largest by name and the others together. All flows of a summary are in its links.
 *
 * @param services the units with the most flows
 * @param peers the peers with the most flows
 * @param otherServices number of the other units
 * @param otherPeers number of the other peers that have totals of their own
 * @param links flows of a unit with a peer in one direction
 */
public record Picture(List<Service> services, List<Peer> peers, int otherServices, int otherPeers, List<Link> links) {
    /** More cannot be told apart in a picture. */
    private static final int MOST = 9;

    /** Place of a unit or a peer that is one of the others. */
    public static final int OTHER = -1;

    /** A unit; its name is null if it is unknown. */
    public record Service(String name) {}

    /**
     * The far side of a flow. It is a destination name, or an address if it has none. The other of the two is null, or both
     * are.
     */
    public record Peer(String name, String address) {}

    /**
     * Flows of a unit with a peer in one direction.
     *
     * @param service place in the units; {@link #OTHER}: one of the others
     * @param peer place in the peers; {@link #OTHER}: one of the others
     * @param direction FLOW_DIRECTION; null if unknown
     */
    public record Link(int service, int peer, String direction, long flows) {}

    /**
     * Draws the picture.
     *
     * @param shares by unit, direction, address and name of the peer, each with a key of its own
     */
    static Picture of(Collection<Share> shares) {
        // Ends of flows that began before the span are no flows of it.
        List<Share> begun = shares.stream().filter(share -> share.flows() > 0).toList();
        Map<String, Long> services = new HashMap<>();
        Map<Peer, Long> peers = new HashMap<>();
        for (Share share : begun) {
            services.merge(service(share), share.flows(), Long::sum);
            if (!share.key().contains(Totals.OTHERS)) {
                peers.merge(peer(share), share.flows(), Long::sum);
            }
        }
        List<String> shownServices = largest(services, Collections::singletonList);
        List<Peer> shownPeers = largest(peers, peer -> Arrays.asList(peer.name, peer.address));
        return new Picture(
                shownServices.stream().map(Service::new).toList(),
                shownPeers,
                services.size() - shownServices.size(),
                peers.size() - shownPeers.size(),
                links(begun, places(shownServices), places(shownPeers)));
    }

    private static List<Link> links(List<Share> shares, Map<String, Integer> services, Map<Peer, Integer> peers) {
        int others = MOST + 1;
        Map<String, long[]> flows = new HashMap<>();
        for (Share share : shares) {
            int service = services.getOrDefault(service(share), MOST);
            int peer = peers.getOrDefault(peer(share), MOST);
            long[] ofDirection = flows.computeIfAbsent(share.key().get(1), direction -> new long[others * others]);
            ofDirection[service * others + peer] += share.flows();
        }
        List<Link> links = new ArrayList<>();
        flows.forEach((direction, counts) -> {
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] > 0) {
                    links.add(new Link(place(i / others), place(i % others), direction, counts[i]));
                }
            }
        });
        links.sort(Comparator.comparingLong(Link::flows)
                .reversed()
                .thenComparingInt(Link::service)
                .thenComparingInt(Link::peer)
                .thenComparing(it -> String.valueOf(it.direction)));
        return links;
    }

    private static int place(int index) {
        return index == MOST ? OTHER : index;
    }

    private static String service(Share share) {
        return share.key().get(0);
    }

    private static Peer peer(Share share) {
        String name = share.key().get(3);
        return new Peer(name, name == null ? share.key().get(2) : null);
    }

    /** Returns those with the most flows, the largest first. Equal ones have the order of their texts. */
    private static <T> List<T> largest(Map<T, Long> flows, Function<T, List<String>> texts) {
        Map<List<String>, T> named = new HashMap<>();
        List<Share> shares = new ArrayList<>();
        flows.forEach((one, count) -> {
            List<String> key = texts.apply(one);
            named.put(key, one);
            shares.add(new Share(key, count, 0, 0, 0, 0));
        });
        List<T> largest = new ArrayList<>();
        Ranking.ofSums(shares, MOST).shares().forEach(share -> largest.add(named.get(share.key())));
        return largest;
    }

    private static <T> Map<T, Integer> places(List<T> shown) {
        Map<T, Integer> places = new HashMap<>();
        shown.forEach(one -> places.put(one, places.size()));
        return places;
    }
}
