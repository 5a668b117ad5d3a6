// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.conntracklogger.flow.RawText;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessStatTest {

    @Test
    void parsesARecordedFile() {
        byte[] content = ProcFixture.bytes("curl/stat");
        assertEquals(
                new ProcessStat(RawText.of("curl"), 28011, 396_864, 140_721_511_211_104L),
                ProcessStat.parse(ByteBuffer.wrap(content), content.length));
    }

    @Test
    void parsesANameWithParenthesesAndSpaces() {
        byte[] content = ProcFixture.bytes("hostile/stat");
        ProcessStat stat = ProcessStat.parse(ByteBuffer.wrap(content), content.length);
        assertEquals(RawText.of("a) R 1 (b\nc"), stat.comm());
        assertEquals(28011, stat.parent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1 (a", "1 (a)", "1 (a) S", "1 (a) S 1 2 3\n"})
    void returnsNullIfFieldsAreMissing(String stat) {
        byte[] content = stat.getBytes(StandardCharsets.UTF_8);
        assertNull(ProcessStat.parse(ByteBuffer.wrap(content), content.length));
    }

    @Test
    void distinguishesImagesByStartTimeAndStack() {
        ProcessStat stat = new ProcessStat(RawText.of("a"), 1, 2, 3);
        assertTrue(stat.isSameImage(new ProcessStat(RawText.of("b"), 7, 2, 3)));
        assertFalse(stat.isSameImage(new ProcessStat(RawText.of("a"), 1, 4, 3)));
        assertFalse(stat.isSameImage(new ProcessStat(RawText.of("a"), 1, 2, 4)));
    }
}
