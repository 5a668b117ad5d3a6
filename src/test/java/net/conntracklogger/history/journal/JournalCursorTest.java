// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JournalCursorTest {
    private static final String TEXT =
            "s=639cd6deef7d4f62a77c89d5d1e3cbf2;i=1a2b;b=57c7d8ce0bd64b9f95a5f8a35b66a3ed;m=4e55b3;t=6611e81f11c3c;x=73d7a1ed90c1a5c4";

    @Test
    void hasThePartsOfTheText() {
        JournalCursor cursor = JournalCursor.parse(TEXT);
        assertEquals("639cd6deef7d4f62a77c89d5d1e3cbf2", cursor.sequence());
        assertEquals(0x1a2b, cursor.number());
        assertEquals(0x6611e81f11c3cL, cursor.time());
        assertEquals(TEXT, cursor.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s=1;i=2", "s=1;t=2", "i=1;t=2", "s=1;i=x;t=2"})
    void rejectsOtherTexts(String text) {
        assertThrows(IllegalArgumentException.class, () -> JournalCursor.parse(text));
    }

    /** In a sequence numbers decide, because the clock may be set; between sequences times. */
    @ParameterizedTest
    @CsvSource({
        "s=a;i=5;t=9, s=a;i=5;t=9, true",
        "s=a;i=4;t=9, s=a;i=5;t=1, true",
        "s=a;i=6;t=1, s=a;i=5;t=9, false",
        "s=b;i=6;t=1, s=a;i=5;t=9, true",
        "s=b;i=1;t=9, s=a;i=5;t=1, false"
    })
    void knowsWhichComesFirst(String one, String other, boolean upTo) {
        assertEquals(upTo, JournalCursor.parse(one).isUpTo(JournalCursor.parse(other)));
    }
}
