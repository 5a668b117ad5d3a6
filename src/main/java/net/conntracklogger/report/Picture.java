// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Units and their peers, the largest by name and the others together. All flows of a summary are in its links.
 *
 * @param services the units with the most flows
 * @param peers the peers with the most flows
 * @param otherServices number of the other units
 * @param otherPeers number of the other peers
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

    private record Ends(int service, int peer, String direction) {}

    /**
     * Draws the picture.
     *
     * @param parts shares by unit, direction, address and name of the peer
     */
    static Picture of(List<Share> parts) {
        // Ends of flows that began before the span are no flows of it.
        List<Share> shares =
                Ranking.sums(parts).stream().filter(share -> share.flows() > 0).toList();
        Ranking services = Ranking.of(keyed(shares, Picture::service), MOST);
        Ranking peers = Ranking.of(keyed(shares, Picture::peer), MOST);
        Map<List<String>, Integer> servicePlaces = places(services);
        Map<List<String>, Integer> peerPlaces = places(peers);
        Map<Ends, Long> flows = new HashMap<>();
        for (Share share : shares) {
            Ends ends = new Ends(
                    servicePlaces.getOrDefault(service(share), OTHER),
                    peerPlaces.getOrDefault(peer(share), OTHER),
                    share.key().get(1));
            flows.merge(ends, share.flows(), Long::sum);
        }
        List<Link> links = new ArrayList<>();
        flows.forEach((ends, count) -> links.add(new Link(ends.service, ends.peer, ends.direction, count)));
        links.sort(Comparator.comparingLong(Link::flows)
                .reversed()
                .thenComparingInt(Link::service)
                .thenComparingInt(Link::peer)
                .thenComparing(it -> String.valueOf(it.direction)));
        return new Picture(
                services.shares().stream()
                        .map(share -> new Service(share.key().get(0)))
                        .toList(),
                peers.shares().stream()
                        .map(share -> new Peer(share.key().get(0), share.key().get(1)))
                        .toList(),
                services.groups() - services.shares().size(),
                peers.groups() - peers.shares().size(),
                links);
    }

    private static List<String> service(Share share) {
        return Collections.singletonList(share.key().get(0));
    }

    private static List<String> peer(Share share) {
        String name = share.key().get(3);
        return Arrays.asList(name, name == null ? share.key().get(2) : null);
    }

    private static List<Share> keyed(List<Share> shares, Function<Share, List<String>> key) {
        return shares.stream().map(share -> share.withKey(key.apply(share))).toList();
    }

    private static Map<List<String>, Integer> places(Ranking ranking) {
        Map<List<String>, Integer> places = new HashMap<>();
        ranking.shares().forEach(share -> places.put(share.key(), places.size()));
        return places;
    }
}
