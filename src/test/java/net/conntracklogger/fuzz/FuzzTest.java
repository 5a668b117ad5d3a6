// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fuzz;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A short run of every target, always with the same inputs. {@code packaging/fuzz} makes a long one. */
class FuzzTest {
    private static final int INPUTS = 3_000;

    @ParameterizedTest
    @EnumSource
    void survives(FuzzTargets name) {
        try (FuzzTarget target = name.open()) {
            target.seeds().forEach(seed -> read(target, seed));
            Mutator mutator = new Mutator(name.name().hashCode(), target.seeds());
            for (int i = 0; i < INPUTS; i++) {
                read(target, mutator.next());
            }
        }
    }

    private static void read(FuzzTarget target, byte[] input) {
        try {
            target.read(input);
        } catch (RuntimeException | Error e) {
            throw new AssertionError("input " + HexFormat.of().formatHex(input), e);
        }
    }
}
