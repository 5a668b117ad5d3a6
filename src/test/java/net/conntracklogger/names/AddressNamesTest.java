// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.names;

import static net.conntracklogger.flow.Addresses.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.IpAddress;
import org.junit.jupiter.api.Test;

class AddressNamesTest {
    private static final IpAddress ADDRESS = address("192.0.2.1");
    private static final long NOW = 1_795_451_954_640_000L;
    private static final long SECOND = TimeUnit.SECONDS.toMicros(1);

    private final AddressNames names = new AddressNames();

    @Test
    void keepsNameAndTimeOfAnAnswer() {
        answer("example.org", 60, NOW, ADDRESS, address("2001:db8::1"));
        assertEquals(List.of(NOW), at(NOW).stream().map(DestinationName::asked).toList());
        assertEquals("[example.org]", texts(at(NOW)));
        assertEquals("[example.org]", texts(names.of(address("2001:db8::1"), NOW)));
        assertEquals("[]", texts(names.of(address("2001:db8::2"), NOW)));
        assertEquals(2, names.size());
    }

    @Test
    void returnsTheMostRecentFewFirst() {
        for (int i = 0; i < 6; i++) {
            answer(i + ".example.org", 60, NOW + i, ADDRESS);
        }
        assertEquals("[5.example.org, 4.example.org, 3.example.org, 2.example.org]", texts(at(NOW + 6)));
        answer("3.example.org", 60, NOW + 6, ADDRESS);
        assertEquals("[3.example.org, 5.example.org, 4.example.org, 2.example.org]", texts(at(NOW + 6)));
    }

    @Test
    void leavesOutLaterAnswers() {
        answer("before.example.org", 60, NOW, ADDRESS);
        answer("after.example.org", 60, NOW + 2, ADDRESS);
        assertEquals("[before.example.org]", texts(names.of(ADDRESS, NOW + 1)));
        assertEquals("[after.example.org, before.example.org]", texts(names.of(ADDRESS, NOW + 2)));
    }

    /** Programs may keep an address for its TTL, and do keep it for longer: ten minutes are added. */
    @Test
    void leavesOutOldAnswers() {
        answer("short.example.org", 60, NOW, ADDRESS);
        answer("long.example.org", 3600, NOW, ADDRESS);
        assertEquals("[long.example.org, short.example.org]", texts(at(NOW + 660 * SECOND)));
        assertEquals("[long.example.org]", texts(at(NOW + 660 * SECOND + 1)));
        assertEquals("[long.example.org]", texts(at(NOW + 4200 * SECOND)));
        assertEquals("[]", texts(at(NOW + 4200 * SECOND + 1)));
    }

    /** A user who looks up made-up names must not fill the heap. */
    @Test
    void dropsTheAddressLookedUpLongestAgo() {
        String tail = "x".repeat(1000);
        for (int i = 0; i < 100_000; i++) {
            answer(i + tail, 60, NOW + i, IpAddress.v4(i));
        }
        assertTrue(names.size() > 3000 && names.size() < 4200, names.size() + " of some 1.2K each in 4M");
        assertEquals("[]", texts(names.of(IpAddress.v4(0), NOW)));
        long last = NOW + 99_999;
        assertEquals("[99999" + tail + "]", texts(names.of(IpAddress.v4(99_999), last)));
    }

    @Test
    void keepsSixteenThousandAddresses() {
        for (int i = 0; i < 16_384; i++) {
            answer("www" + i + ".example.org", 60, NOW, IpAddress.v4(i));
        }
        assertEquals("[www0.example.org]", texts(names.of(IpAddress.v4(0), NOW)));
    }

    /** The service reports that names are missing. What is dropped after its TTL was due to go. */
    @Test
    void countsAddressesDroppedBeforeTheEndOfTheirTtl() {
        int fits = 16_384;
        fill(fits, 0, 60, NOW);
        assertEquals(0, names.displaced());
        fill(fits, 1 << 24, 60, NOW + 60 * SECOND);
        assertEquals(0, names.displaced());
        fill(fits, 2 << 24, 60, NOW + 60 * SECOND);
        assertTrue(names.displaced() > fits / 2 && names.displaced() <= fits, names.displaced() + " displaced");
    }

    private void fill(int count, int from, long ttl, long when) {
        for (int i = 0; i < count; i++) {
            answer("www" + i + ".example.org", ttl, when, IpAddress.v4(from + i));
        }
    }

    private List<DestinationName> at(long time) {
        return names.of(ADDRESS, time);
    }

    private void answer(String name, long ttl, long when, IpAddress... addresses) {
        List<DnsAnswer.Found> found = List.of(addresses).stream()
                .map(address -> new DnsAnswer.Found(address, ttl))
                .toList();
        names.add(new DnsAnswer(name, found), when);
    }

    private static String texts(List<DestinationName> names) {
        return names.stream().map(name -> name.text().toString()).toList().toString();
    }
}
