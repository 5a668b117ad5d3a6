// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SearchBudgetTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void allowsSearchesUntilHalfASecondIsSpent() {
        SearchBudget budget = new SearchBudget();
        assertTrue(budget.allows());
        budget.spend(System.nanoTime() - SECOND / 10);
        assertTrue(budget.allows());
        budget.spend(System.nanoTime() - SECOND);
        assertFalse(budget.allows());
    }

    @Test
    void refillsWithHalfOfTheTime() throws InterruptedException {
        SearchBudget budget = new SearchBudget();
        // 20 ms are missing: they are there again after 40 ms.
        budget.spend(System.nanoTime() - SECOND / 2 - SECOND / 50);
        assertFalse(budget.allows());
        long began = System.nanoTime();
        while (!budget.allows()) {
            Thread.sleep(1);
        }
        assertTrue(System.nanoTime() - began >= SECOND / 50, "too early");
    }
}
