// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import net.conntracklogger.history.coverage.DamagedFileException;

/**
 * A journal file by its header, systemd.io/JOURNAL_FILE_FORMAT.
 *
 * @param sequence the id of the sequence that numbers the entries, in hexadecimal digits
 * @param firstNumber number of the first entry
 * @param lastNumber number of the last entry
 * @param first time of the first entry, microseconds since the epoch
 * @param last time of the last entry; {@link Long#MAX_VALUE} while journald writes to the file
 */
public record JournalFile(Path path, String sequence, long firstNumber, long lastNumber, long first, long last) {
    private static final int HEADER_LENGTH = 208;
    private static final byte[] SIGNATURE = "LPKSHHRH".getBytes(StandardCharsets.US_ASCII);
    private static final int STATE = 16;
    private static final byte STATE_ONLINE = 1;
    private static final int SEQUENCE = 72;
    private static final int HEADER_SIZE = 88;
    private static final int ARENA_SIZE = 96;
    private static final int ENTRIES = 152;
    private static final int LAST_NUMBER = 160;
    private static final int FIRST_NUMBER = 168;
    private static final int FIRST_TIME = 184;
    private static final int LAST_TIME = 192;

    /**
     * Reads the header.
     *
     * @return empty if the file has no entries
     * @throws DamagedFileException if it is no header of a journal, or of a longer file
     */
    static Optional<JournalFile> read(Path path) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        long size;
        try (FileChannel file = FileChannel.open(path)) {
            while (header.hasRemaining() && file.read(header, header.position()) > 0) {}
            size = file.size();
        }
        byte[] bytes = header.array();
        if (header.hasRemaining() || !Arrays.equals(bytes, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
            throw new DamagedFileException(path, "it has no header of a journal");
        }
        if (header.getLong(HEADER_SIZE) + header.getLong(ARENA_SIZE) > size) {
            throw new DamagedFileException(path, "it is shorter than its header says");
        }
        if (header.getLong(ENTRIES) == 0) {
            return Optional.empty();
        }
        return Optional.of(new JournalFile(
                path,
                HexFormat.of().formatHex(bytes, SEQUENCE, SEQUENCE + 16),
                header.getLong(FIRST_NUMBER),
                header.getLong(LAST_NUMBER),
                header.getLong(FIRST_TIME),
                header.get(STATE) == STATE_ONLINE ? Long.MAX_VALUE : header.getLong(LAST_TIME)));
    }

    /** Reports whether the file may hold entries after one that was read. */
    boolean mayHoldAfter(JournalCursor cursor) {
        if (last == Long.MAX_VALUE) {
            return true;
        }
        return sequence.equals(cursor.sequence())
                ? Long.compareUnsigned(lastNumber, cursor.number()) > 0
                : last >= cursor.time();
    }

    /** Reports whether no entry is missing between the one of this number and the file. */
    boolean isNextTo(String of, long number) {
        return sequence.equals(of) && Long.compareUnsigned(firstNumber, number + 1) <= 0;
    }

    /** Reports whether the file may hold an entry. */
    boolean mayHold(JournalCursor cursor) {
        return sequence.equals(cursor.sequence())
                && Long.compareUnsigned(firstNumber, cursor.number()) <= 0
                && Long.compareUnsigned(lastNumber, cursor.number()) >= 0;
    }
}
