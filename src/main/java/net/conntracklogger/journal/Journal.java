// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.RecentOwners;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.handover.SentEntries;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * Writes entries to the systemd journal. Encodes each in the native protocol, a line {@code FIELD=value} for each field, and
 * sends several at once. sd_journal_sendv(3) sends an entry that is too long for a datagram. Not thread-safe.
 *
 * <p>Entries are held while journald does not take any, and lost only if the kernel refuses them or this is closed.
 */
public final class Journal implements EntryWriter {
    /** struct iovec {void *base; size_t len} */
    private static final int IOVEC_LENGTH = 16;

    /** {@code sd_journal_sendv}, or a test's substitute. */
    interface Call {
        int sendv(Pointer iovec, int count);
    }

    private final Call call;
    private final JournalSocket socket;
    private final StorageCheck storage;
    private final RecentOwners<byte[]> owners = new RecentOwners<>();
    private final EntryBytes entry = new EntryBytes();
    private int ownerStart;
    private long number;
    private long lost;
    private LinuxException trouble;

    /**
     * Opens no socket yet.
     *
     * @param socket journald's socket, which need not exist yet
     * @param units directory in which systemd publishes the invocations of units, such as journald's
     */
    public Journal(Path socket, Path units) {
        this(socket, units, SentEntries.ofThisProcess());
    }

    /**
     * Opens no socket yet.
     *
     * @param sent the numbers of the entries that were sent, in memory that outlives the process
     */
    public Journal(Path socket, Path units, SentEntries sent) {
        this(
                socket,
                units,
                sent,
                LibSystemd::sd_journal_sendv,
                StoredEntries.inNamespace(System.getenv("LOG_NAMESPACE")),
                System::nanoTime,
                EpochMicros::now);
    }

    /** Opens a journal with a substitute for the library, and with the clocks of {@link StorageCheck}. */
    Journal(
            Path socket,
            Path units,
            SentEntries sent,
            Call call,
            StoredEntries.Count stored,
            LongSupplier clock,
            LongSupplier micros) {
        this.call = call;
        this.socket = new JournalSocket(socket, sent);
        this.storage = new StorageCheck(this.socket, units, stored, clock, micros);
    }

    @Override
    public void begin() {
        entry.clear();
    }

    @Override
    public void setNumber(long next) {
        number = next;
    }

    @Override
    public void put(JournalField field, long value) {
        entry.put(field, value);
    }

    @Override
    public void put(JournalField field, CharSequence value) {
        entry.put(field, value);
    }

    @Override
    public void put(JournalField field, PrintableText value) {
        entry.put(field, value);
    }

    @Override
    public boolean putAgain(Object owner) {
        byte[] known = owners.get(owner);
        if (known == null) {
            ownerStart = entry.length();
            return false;
        }
        entry.append(known);
        return true;
    }

    @Override
    public void keep(Object owner) {
        owners.put(owner, entry.copyFrom(ownerStart));
    }

    @Override
    public boolean hasRoom() {
        return socket.hasRoom();
    }

    @Override
    public void commit() {
        if (entry.length() > JournalSocket.LONGEST) {
            flush();
            sendLong(entry.copyFrom(0));
        } else if (socket.hasRoom()) {
            socket.add(entry.array(), entry.length(), number);
        } else {
            lost++;
        }
    }

    @Override
    public boolean flush() {
        try {
            trouble = null;
            while (true) {
                int errno = socket.send();
                if (errno == 0) {
                    return true;
                }
                if (errno == Errno.EAGAIN) {
                    trouble = new LinuxException("write to", "the journal", errno, "journald does not read");
                    return false;
                }
                sendLong(socket.next());
                socket.drop();
            }
        } catch (LinuxException e) {
            trouble = e;
            return false;
        }
    }

    /** Sends an entry that the socket does not take. */
    private void sendLong(byte[] datagram) {
        try (NativeBuffer text = new NativeBuffer(datagram.length);
                NativeBuffer vector = new NativeBuffer(datagram.length / 2 * IOVEC_LENGTH)) {
            text.bytes().put(0, datagram);
            int fields = 0;
            for (int from = 0, at = 0; at < datagram.length; at++) {
                if (datagram[at] == '\n') {
                    vector.bytes()
                            .putLong(fields * IOVEC_LENGTH, text.address() + from)
                            .putLong(fields * IOVEC_LENGTH + 8, at - from);
                    fields++;
                    from = at + 1;
                }
            }
            if (call.sendv(vector.pointer(), fields) < 0) {
                lost++;
            } else {
                socket.countOther();
            }
        }
    }

    @Override
    public long lost() {
        return lost;
    }

    @Override
    public LinuxException trouble() {
        return trouble;
    }

    @Override
    public Optional<Loss> lostLater() {
        return storage.check();
    }

    @Override
    public boolean isTaken() {
        return socket.isTaken();
    }

    @Override
    public boolean isKept() {
        return storage.isStoring();
    }

    @Override
    public void close() {
        storage.close();
        socket.close();
    }
}
