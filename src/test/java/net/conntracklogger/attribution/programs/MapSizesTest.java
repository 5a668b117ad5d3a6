// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MapSizesTest {
    private static final int LARGEST = 16 << 20;

    /** {@code eviction_mask} of the programs is the size of this map less one. */
    @ParameterizedTest
    @ValueSource(ints = {16, 32_768, 32_769, 65_535, 65_536, 65_537, 131_072, 262_144, LARGEST})
    void hasTwoEvictionMarksForEachFlow(int flows) {
        int marks = new MapSizes(flows, 1024).traces();
        assertTrue(marks >= 2 * flows);
        assertEquals(1, Integer.bitCount(marks));
        assertEquals(marks, new MapSizes(flows, 1024).entries(2).get("traces"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16, 64, 512})
    void leavesEachCpuItsReserve(int cpus) {
        Map<String, Integer> entries = new MapSizes(16, 16).entries(cpus);
        entries.forEach((map, size) -> assertTrue(size >= 128 * cpus, map));
    }

    @Test
    void followsTheConfiguration() {
        Map<String, Integer> entries = new MapSizes(100_000, 64_000).entries(2);
        assertEquals(
                Map.of(
                        "initiators", 100_000,
                        "acceptors", 50_000,
                        "traces", 262_144,
                        "processes", 64_000,
                        "command_parts", 16_000,
                        "cgroups", 4_000,
                        "questions", 4096,
                        "attempts", 4096),
                entries);
    }
}
