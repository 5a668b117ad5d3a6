// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes inputs from seeds, the same in each run: changes, inserts, removes and repeats bytes, and joins seeds. */
final class Mutator {
    private static final int LONGEST = 16 * 1024;
    private static final int MOST_CHANGES = 6;
    /** Values at which lengths, types and numbers change their meaning. */
    private static final int[] BORDERS = {0, 1, 3, 4, 5, 0x7f, 0x80, 0xff, '\n', ' ', ':', '0', '9', '(', ')', '/', '\\'
    };

    private final Random random;
    private final List<byte[]> seeds;

    Mutator(long seed, List<byte[]> seeds) {
        this.random = new Random(seed);
        this.seeds = seeds;
    }

    byte[] next() {
        byte[] input = seeds.get(random.nextInt(seeds.size())).clone();
        for (int changes = 1 + random.nextInt(MOST_CHANGES); changes > 0; changes--) {
            input = change(input);
        }
        return input;
    }

    private byte[] change(byte[] input) {
        int at = random.nextInt(input.length + 1);
        return switch (random.nextInt(7)) {
            case 0 -> Arrays.copyOf(input, at);
            case 1 -> splice(input, at, new byte[random.nextInt(40)], at);
            case 2 -> splice(input, at, new byte[0], Math.min(input.length, at + random.nextInt(16)));
            case 3 -> splice(input, at, Arrays.copyOfRange(input, random.nextInt(at + 1), at), at);
            case 4 -> {
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                yield splice(input, at, Arrays.copyOf(other, random.nextInt(other.length + 1)), at);
            }
            case 5 -> set(input, at, BORDERS[random.nextInt(BORDERS.length)]);
            default -> set(input, at, random.nextInt(256));
        };
    }

    private static byte[] set(byte[] input, int at, int value) {
        if (at < input.length) {
            input[at] = (byte) value;
        }
        return input;
    }

    private static byte[] splice(byte[] input, int at, byte[] part, int from) {
        int length = at + part.length + input.length - from;
        if (length > LONGEST) {
            return input;
        }
        byte[] joined = Arrays.copyOf(input, length);
        System.arraycopy(part, 0, joined, at, part.length);
        System.arraycopy(input, from, joined, at + part.length, input.length - from);
        return joined;
    }
}
