// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.Test;

class IdentityWatchTest {
    private final Map<String, String> silent = new LinkedHashMap<>();
    private long withoutUser;
    private long withoutDigest;
    private final IdentityWatch watch = new IdentityWatch(() -> new LinkedHashMap<>(silent), without());

    private Map<String, LongSupplier> without() {
        Map<String, LongSupplier> without = new LinkedHashMap<>();
        without.put("PID_USER", () -> withoutUser);
        without.put("PID_EXE_SHA256", () -> withoutDigest);
        return without;
    }

    private void assertReports(Notice.Kind kind, String text) {
        assertEquals(Optional.of(new Notice(kind, text)), watch.check());
        assertEquals(Optional.empty(), watch.check(), "only once");
    }

    @Test
    void reportsNothingIfAllSourcesAnswer() {
        assertEquals(Optional.empty(), watch.check());
    }

    @Test
    void reportsEachChange() {
        silent.put("PID_USER", "account database does not answer");
        assertReports(Notice.Kind.IDENTITY_REDUCED, "fields missing: PID_USER (account database does not answer)");
        silent.put("PID_EXE_SHA256", "file system of an executable does not answer");
        assertReports(
                Notice.Kind.IDENTITY_REDUCED,
                "fields missing: PID_USER (account database does not answer),"
                        + " PID_EXE_SHA256 (file system of an executable does not answer)");
        silent.remove("PID_EXE_SHA256");
        assertReports(Notice.Kind.IDENTITY_REDUCED, "fields missing: PID_USER (account database does not answer)");
        silent.clear();
        assertReports(Notice.Kind.IDENTITY_COMPLETE, "fields complete again: PID_USER");
    }

    @Test
    void countsInItsStatusTheEntriesThatLackAField() {
        assertEquals("", watch.status());
        withoutDigest = 2;
        assertEquals("2 entries without PID_EXE_SHA256", watch.status());
        withoutUser = 1;
        assertEquals("1 entries without PID_USER; 2 entries without PID_EXE_SHA256", watch.status());
    }
}
