// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * The pairs that the archive has, in a file beside it. The archive's run writes the file, and the service reads it.
 *
 * @param until all entries that journald stored by this time are in the archive; microseconds since the epoch
 * @param place of the last entry in the archive, by which the archive's run knows the file again
 */
public record SeenFile(SeenPairs pairs, long until, String place) {
    /** Name of the file. */
    public static final String NAME = "first-seen";

    private static final long MAGIC = 0x6374_6c70_6169_7232L;

    /**
     * Reads the file of a directory.
     *
     * @return empty if there is none
     * @throws IOException also if it is damaged
     */
    public static Optional<SeenFile> read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        CRC32 sum = new CRC32();
        try (DataInputStream in =
                new DataInputStream(new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file)), sum))) {
            if (in.readLong() != MAGIC) {
                throw new IOException("it has another format");
            }
            SeenPairs pairs = new SeenPairs(in.readLong());
            long until = in.readLong();
            String place = in.readUTF();
            if (in.readBoolean()) {
                pairs.setFull();
            }
            for (int left = in.readInt(); left > 0; left--) {
                pairs.add(in.readLong());
            }
            if (sum.getValue() != in.readLong()) {
                throw new IOException("its checksum is wrong");
            }
            return Optional.of(new SeenFile(pairs, until, place));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (EOFException e) {
            throw new IOException("cannot read " + file + ": it is cut off", e);
        } catch (IOException e) {
            throw new IOException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Replaces the file of a directory. */
    public void write(Path directory) throws IOException {
        Path made = directory.resolve(NAME + ".new");
        CRC32 sum = new CRC32();
        try (DataOutputStream out = new DataOutputStream(
                new CheckedOutputStream(new BufferedOutputStream(Files.newOutputStream(made)), sum))) {
            out.writeLong(MAGIC);
            out.writeLong(pairs.key());
            out.writeLong(until);
            out.writeUTF(place);
            out.writeBoolean(pairs.isFull());
            long[] all = pairs.all();
            out.writeInt(all.length);
            for (long hash : all) {
                out.writeLong(hash);
            }
            out.flush();
            out.writeLong(sum.getValue());
        }
        try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(made, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
    }
}
