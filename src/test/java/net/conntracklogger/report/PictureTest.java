// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PictureTest {
    private final List<Share> shares = new ArrayList<>();

    @Test
    void namesAPeerByItsNameElseByItsAddress() {
        add("a.service", "outbound", "192.0.2.1", "one.example", 2);
        add("a.service", "outbound", "192.0.2.2", "one.example", 3);
        add("a.service", "inbound", "192.0.2.1", null, 1);
        Picture picture = Picture.of(Ranking.sums(shares));
        assertEquals(
                List.of(new Picture.Peer("one.example", null), new Picture.Peer(null, "192.0.2.1")), picture.peers());
        assertEquals(
                List.of(new Picture.Link(0, 0, "outbound", 5), new Picture.Link(0, 1, "inbound", 1)), picture.links());
    }

    @Test
    void putsSmallUnitsAndPeersTogether() {
        for (int i = 0; i < 20; i++) {
            add("unit-" + i + ".service", "outbound", "192.0.2." + i, null, 100 - i);
        }
        Picture picture = Picture.of(Ranking.sums(shares));
        assertEquals(9, picture.services().size());
        assertEquals(11, picture.otherServices());
        assertEquals(11, picture.otherPeers());
        assertEquals(
                shares.stream().mapToLong(Share::flows).sum(),
                picture.links().stream().mapToLong(Picture.Link::flows).sum());
        assertEquals(
                1,
                picture.links().stream()
                        .filter(link -> link.service() == Picture.OTHER && link.peer() == Picture.OTHER)
                        .count());
    }

    @Test
    void keepsWhatIsUnknown() {
        add(null, null, null, null, 1);
        Picture picture = Picture.of(Ranking.sums(shares));
        assertEquals(List.of(new Picture.Service(null)), picture.services());
        assertEquals(List.of(new Picture.Peer(null, null)), picture.peers());
        assertEquals(List.of(new Picture.Link(0, 0, null, 1)), picture.links());
    }

    @Test
    void hasNothingWithoutFlows() {
        add("a.service", "outbound", "192.0.2.1", null, 1);
        add("b.service", "outbound", "192.0.2.2", null, 0);
        add("c.service", "outbound", "192.0.2.3", null, 2);
        add("c.service", "outbound", "192.0.2.3", null, -2);
        Picture picture = Picture.of(Ranking.sums(shares));
        assertEquals(List.of(new Picture.Service("a.service")), picture.services());
        assertEquals(List.of(new Picture.Peer(null, "192.0.2.1")), picture.peers());
        assertEquals(List.of(new Picture.Link(0, 0, "outbound", 1)), picture.links());
    }

    private void add(String service, String direction, String address, String name, long flows) {
        shares.add(new Share(Arrays.asList(service, direction, address, name), flows, 0, 0, 0, 0));
    }
}
