// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * Writes entries to the systemd journal. An entry is a sequence of {@code FIELD=value} texts in one native buffer, and an array
 * of {@code struct iovec {void *base; size_t len}} that points to them. One call of sd_journal_sendv(3) sends the entry and
 * waits while journald is busy. Not thread-safe.
 */
public final class Journal implements EntryWriter {
    /** Size of the buffer in bytes: more than all fields at their longest, which are command lines and paths. */
    private static final int TEXT_SIZE = 128 * 1024;

    private static final int IOVEC_LENGTH = 16;
    /** Maximum number of values in an entry: one of each field, and all names of a destination. */
    private static final int MAX_VALUES = JournalField.values().length + AttributedFlow.MOST_NAMES;

    /** Entries between two checks that journald's socket exists. */
    private static final int ENTRIES_PER_CHECK = 64;

    private static final Map<JournalField, byte[]> PREFIXES = prefixes();

    /** {@code sd_journal_sendv}, or a test's substitute. */
    interface Call {
        int sendv(Pointer iovec, int count);
    }

    private final Call call;
    private final NativeBuffer text = new NativeBuffer(TEXT_SIZE);
    private final NativeBuffer vector = new NativeBuffer(MAX_VALUES * IOVEC_LENGTH);
    private final NativeBuffer socket;
    private final String socketName;
    private final ByteBuffer bytes = text.bytes();
    private int fields;
    private int fieldStart;
    private int entriesSinceCheck = ENTRIES_PER_CHECK;

    /** @param socket journald's socket, whose existence is checked from time to time */
    public Journal(Path socket) {
        this(socket, LibSystemd::sd_journal_sendv);
    }

    Journal(Path socket, Call call) {
        this.call = call;
        this.socketName = socket.toString();
        this.socket = NativeBuffer.ofString(socketName);
    }

    @Override
    public void begin() {
        bytes.clear();
        fields = 0;
    }

    @Override
    public void put(JournalField field, long value) {
        start(field);
        if (value < 0) {
            throw new IllegalArgumentException(field + " is negative: " + value);
        }
        long power = 1;
        while (value / power >= 10) {
            power *= 10;
        }
        for (; power > 0; power /= 10) {
            bytes.put((byte) ('0' + value / power % 10));
        }
        end();
    }

    @Override
    public void put(JournalField field, CharSequence value) {
        start(field);
        bytes.put(value.toString().getBytes(StandardCharsets.UTF_8));
        end();
    }

    @Override
    public void put(JournalField field, PrintableText value) {
        start(field);
        value.writeTo(bytes);
        end();
    }

    private void start(JournalField field) {
        fieldStart = bytes.position();
        bytes.put(PREFIXES.get(field));
    }

    private void end() {
        int at = fields++ * IOVEC_LENGTH;
        vector.bytes().putLong(at, text.address() + fieldStart).putLong(at + 8, bytes.position() - fieldStart);
    }

    @Override
    public void commit() throws IOException {
        checkSocket();
        int status = call.sendv(vector.pointer(), fields);
        if (status < 0) {
            throw new LinuxException("write to", "the journal", -status, "");
        }
    }

    /** Checks the socket because sd_journal_sendv reports success even if it does not exist. Checks again after a failure. */
    private void checkSocket() throws LinuxException {
        if (++entriesSinceCheck < ENTRIES_PER_CHECK) {
            return;
        }
        if (LibC.access(socket.pointer(), 0) < 0) {
            throw LinuxException.last("find the journal's socket", socketName, "start systemd-journald");
        }
        entriesSinceCheck = 0;
    }

    private static Map<JournalField, byte[]> prefixes() {
        Map<JournalField, byte[]> prefixes = new EnumMap<>(JournalField.class);
        for (JournalField field : JournalField.values()) {
            prefixes.put(field, (field + "=").getBytes(StandardCharsets.US_ASCII));
        }
        return prefixes;
    }

    @Override
    public void close() {
        text.close();
        vector.close();
        socket.close();
    }
}
