// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentlyUsedTest {
    private final List<String> evicted = new ArrayList<>();
    private final RecentlyUsed<Integer, String> map = new RecentlyUsed<>(2, evicted::add);

    private List<String> values() {
        List<String> values = new ArrayList<>();
        map.forEachValue(values::add);
        return values;
    }

    @Test
    void returnsTheValueOfAKey() {
        map.put(1, "one");
        assertEquals("one", map.get(1));
        assertNull(map.get(2));
    }

    @Test
    void evictsTheOldestIfNoneWasUsedSince() {
        map.put(1, "one");
        map.put(2, "two");
        assertEquals(List.of(), evicted);
        map.put(3, "three");
        assertEquals(List.of("one"), evicted);
        assertEquals(List.of("two", "three"), values());
    }

    @Test
    void keepsWhatWasReadRecently() {
        map.put(1, "one");
        map.put(2, "two");
        map.get(1);
        map.put(3, "three");
        assertEquals(List.of("two"), evicted);
        assertEquals(List.of("one", "three"), values());
    }

    @Test
    void keepsWhatWasComputedBeforeAndReadRecently() {
        map.computeIfAbsent(1, key -> "one");
        map.computeIfAbsent(2, key -> "two");
        assertEquals("one", map.computeIfAbsent(1, key -> "again"));
        map.computeIfAbsent(3, key -> "three");
        assertEquals(List.of("two"), evicted);
        assertEquals(List.of("one", "three"), values());
    }

    @Test
    void addsNothingIfNullIsComputed() {
        map.put(1, "one");
        map.put(2, "two");
        assertNull(map.computeIfAbsent(3, key -> null));
        assertEquals("three", map.computeIfAbsent(3, key -> "three"));
        assertEquals(List.of("one"), evicted);
    }

    @Test
    void replacesAValueWithoutEviction() {
        map.put(1, "one");
        map.put(2, "two");
        map.put(1, "uno");
        assertEquals(List.of(), evicted);
        assertEquals(List.of("two", "uno"), values());
    }

    @Test
    void evictsWithoutAnAction() {
        RecentlyUsed<Integer, String> quiet = new RecentlyUsed<>(1);
        quiet.put(1, "one");
        quiet.put(2, "two");
        assertNull(quiet.get(1));
        assertEquals("two", quiet.get(2));
    }
}
