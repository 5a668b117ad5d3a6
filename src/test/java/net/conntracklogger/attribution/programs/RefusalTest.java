// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RefusalTest {
    private static final String LOG = """
            0: R1=ctx() R10=fp0
            7: (63) *(u32 *)(r1 +0) = r2
            R1 type=ctx expected=fp
            processed 8 insns (limit 1000000) max_states_per_insn 0
            """;

    @Test
    void quotesTheVerdictOfTheVerifier() {
        Refusal refusal = Refusal.ofLoad("packet_sent", "Invalid argument", LOG);
        assertEquals("packet_sent (Invalid argument: R1 type=ctx expected=fp)", refusal.toString());
        assertEquals(LOG, refusal.log());
    }

    @Test
    void hasTheErrorAloneIfTheVerifierSaysNothing() {
        assertEquals(
                "sockets (Operation not permitted)",
                Refusal.ofLoad("sockets", "Operation not permitted", "").toString());
    }
}
