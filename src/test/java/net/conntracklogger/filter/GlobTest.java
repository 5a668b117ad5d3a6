// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import net.conntracklogger.flow.RawText;
import org.junit.jupiter.api.Test;

class GlobTest {
    private static final int PATTERNS = 20_000;

    private final Random random = new Random(1);

    @Test
    void matchesAsTheRegularExpressionDoes() {
        for (int i = 0; i < PATTERNS; i++) {
            String pattern = any("ab*?");
            String text = any("ab");
            boolean matches = text.matches(pattern.replace("*", ".*").replace("?", "."));
            assertEquals(matches, new Glob(pattern).matches(text), () -> pattern + " on " + text);
            assertEquals(
                    matches, new Glob(pattern).matches(RawText.of(text).printable()), () -> pattern + " on " + text);
        }
    }

    private String any(String characters) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(8); length > 0; length--) {
            text.append(characters.charAt(random.nextInt(characters.length())));
        }
        return text.toString();
    }
}
