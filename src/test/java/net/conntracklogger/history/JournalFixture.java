// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;

/**
 * Writes a journal file with given times, through systemd-journal-remote, which takes entries as journalctl(1) exports them.
 * The file is complete once this is closed.
 */
public final class JournalFixture implements AutoCloseable {
    private static final String REMOTE = "/lib/systemd/systemd-journal-remote";

    private final Process remote;
    private final OutputStream input;
    private long number;

    public JournalFixture(Path file) throws IOException {
        remote = new ProcessBuilder(REMOTE, "--split-mode=none", "--output=" + file, "-")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        input = new BufferedOutputStream(remote.getOutputStream(), 1 << 16);
    }

    /** Writes an entry of the service. */
    public void write(FlowRow row) throws IOException {
        write(row, Map.of("_SYSTEMD_UNIT", "conntrack-logger.service"));
    }

    /** Writes an entry with further fields. */
    public void write(FlowRow row, Map<String, String> more) throws IOException {
        StringBuilder text = new StringBuilder(2048);
        text.append("__CURSOR=s=00000000000000000000000000000001;i=").append(Long.toHexString(++number));
        text.append(";b=").append(GeneratedFlows.BOOT).append(";m=").append(Long.toHexString(row.monotonic()));
        text.append(";t=").append(Long.toHexString(row.time())).append(";x=0\n");
        put(text, "__REALTIME_TIMESTAMP", Long.toString(row.time()));
        put(text, "__MONOTONIC_TIMESTAMP", Long.toString(row.monotonic()));
        put(text, "_BOOT_ID", GeneratedFlows.BOOT);
        for (JournalField field : row.values().keySet()) {
            row.all(field).forEach(value -> put(text, field.name(), value));
        }
        more.forEach((field, value) -> put(text, field, value));
        input.write(text.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void put(StringBuilder text, String field, String value) {
        text.append(field).append('=').append(value).append('\n');
    }

    @Override
    public void close() throws IOException {
        input.close();
        try {
            if (remote.waitFor() != 0) {
                throw new IOException("systemd-journal-remote failed: " + remote.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
