// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.OutputEndedException;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
    private static final int ENOSPC = 28;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final JsonLines lines = new JsonLines(out);

    @Test
    void writesOneObjectPerLineOnCommit() throws IOException {
        lines.begin();
        lines.put(JournalField.PID, 4_294_967_295L);
        lines.put(JournalField.PID_COMM, RawText.of("ü日🐧").printable());
        lines.put(JournalField.MESSAGE, "a b");
        assertEquals("", written(), "before commit");
        lines.commit();
        assertEquals("{\"PID\":\"4294967295\",\"PID_COMM\":\"ü日🐧\",\"MESSAGE\":\"a b\"}\n", written());
        lines.begin();
        lines.commit();
        assertEquals("{}\n", written());
    }

    /** As {@code journalctl -o json} does. */
    @Test
    void writesSeveralValuesOfAFieldAsAnArray() throws IOException {
        lines.begin();
        lines.put(JournalField.FLOW_DNAME, "a");
        lines.put(JournalField.FLOW_DNAME, "b");
        lines.put(JournalField.FLOW_DNAME, "c");
        lines.put(JournalField.PID, 7);
        lines.commit();
        assertEquals("{\"FLOW_DNAME\":[\"a\",\"b\",\"c\"],\"PID\":\"7\"}\n", written());
        lines.begin();
        lines.put(JournalField.FLOW_DNAME, "a");
        lines.put(JournalField.FLOW_DNAME, "b");
        lines.commit();
        assertEquals("{\"FLOW_DNAME\":[\"a\",\"b\"]}\n", written());
        lines.begin();
        lines.put(JournalField.FLOW_DNAME, "a");
        lines.commit();
        assertEquals("{\"FLOW_DNAME\":\"a\"}\n", written());
    }

    /** RFC 8259, section 7, and the C1 control characters, which terminals obey. */
    @Test
    void escapesQuotesBackslashesAndControls() throws IOException {
        for (int character = 0; character < 0x100; character++) {
            String text = Character.toString(character);
            lines.begin();
            lines.put(JournalField.PID_CMDLINE, text);
            lines.commit();
            boolean control = character < 0x20 || character >= 0x7f && character < 0xa0;
            String escaped = character == '"' || character == '\\'
                    ? "\\" + text
                    : control ? "\\u%04x".formatted(character) : text;
            assertEquals("{\"PID_CMDLINE\":\"" + escaped + "\"}\n", written());
        }
    }

    @Test
    void reportsAClosedReaderAsUnread() {
        assertTrue(failure(Errno.EPIPE).isUnread());
    }

    @Test
    void namesTheErrorOfAnyOtherFailure() {
        OutputEndedException failure = failure(ENOSPC);
        assertFalse(failure.isUnread());
        assertEquals("cannot write to here: No space left on device (errno 28)", failure.getMessage());
    }

    private static OutputEndedException failure(int errno) {
        JsonLines ended = new JsonLines(new EndedOutput(errno));
        ended.begin();
        return assertThrows(OutputEndedException.class, ended::commit);
    }

    private String written() {
        String text = out.toString(StandardCharsets.UTF_8);
        out.reset();
        return text;
    }

    /** A stream that fails with an errno. */
    static final class EndedOutput extends OutputStream {
        private final int errno;

        EndedOutput(int errno) {
            this.errno = errno;
        }

        @Override
        public void write(int b) throws IOException {
            throw new LinuxException("write to", "here", errno, "");
        }
    }
}
