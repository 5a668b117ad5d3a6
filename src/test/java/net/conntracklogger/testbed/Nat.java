// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;

/** Rules of nft(8) that translate addresses in the network namespace of the calling thread. */
public final class Nat {
    private Nat() {}

    /**
     * Adds a chain.
     *
     * @param hook {@code prerouting}, {@code input}, {@code output} or {@code postrouting}
     * @param rules one, or several separated by semicolons
     */
    public static void chain(Family family, String hook, String rules) throws IOException, InterruptedException {
        String priority = hook.equals("prerouting") || hook.equals("output") ? "-100" : "100";
        Child.nft("table %s nat { chain %s { type nat hook %s priority %s; %s; }; }"
                .formatted(family.nft(), hook, hook, priority, rules));
    }
}
