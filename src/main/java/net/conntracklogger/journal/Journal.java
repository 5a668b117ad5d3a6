// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

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
 * The systemd journal. An entry is put together as {@code FIELD=value} texts in one native buffer, with an array of
 * {@code struct iovec {void *base; size_t len}} beside it, and handed over in one call that waits while journald is busy.
 */
public final class Journal implements EntryWriter {
    /** Every field at its longest, with room to spare: no text is longer than a command line or a path. */
    private static final int TEXT_SIZE = 128 * 1024;

    private static final int IOVEC_LENGTH = 16;
    /** One of each field, but for names. */
    private static final int MOST_VALUES = JournalField.values().length + AttributedFlow.MOST_NAMES;

    /** Entries between looks whether journald's socket is there, which sendv does not tell. */
    private static final int ENTRIES_PER_LOOK = 64;

    private static final Map<JournalField, byte[]> PREFIXES = prefixes();

    private final NativeBuffer text = new NativeBuffer(TEXT_SIZE);
    private final NativeBuffer vector = new NativeBuffer(MOST_VALUES * IOVEC_LENGTH);
    private final NativeBuffer socket;
    private final String socketName;
    private final ByteBuffer bytes = text.bytes();
    private int fields;
    private int fieldStart;
    private int entriesSinceLook = ENTRIES_PER_LOOK;

    /** @param socket where journald listens */
    public Journal(Path socket) {
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
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c >= 0x80) {
                bytes.put(value.subSequence(i, value.length()).toString().getBytes(StandardCharsets.UTF_8));
                break;
            }
            bytes.put((byte) c);
        }
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
        lookForJournal();
        int status = LibSystemd.sd_journal_sendv(vector.pointer(), fields);
        if (status < 0) {
            throw new LinuxException("write to", "the journal", -status, "");
        }
    }

    /** sd_journal_sendv reports success also where nobody listens, so look now and then, and after every failed look. */
    private void lookForJournal() throws LinuxException {
        if (++entriesSinceLook < ENTRIES_PER_LOOK) {
            return;
        }
        if (LibC.access(socket.pointer(), 0) < 0) {
            throw LinuxException.last("find the journal's socket", socketName, "is systemd-journald running?");
        }
        entriesSinceLook = 0;
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
