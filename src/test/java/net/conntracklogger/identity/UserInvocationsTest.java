// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Links are made as the systemd of a user makes them: under another name, then renamed. */
class UserInvocationsTest {
    private static final String FIRST = "11111111111111111111111111111111";
    private static final String SECOND = "22222222222222222222222222222222";
    /** More than two clock ticks: CONFIG_HZ is at least 100. */
    private static final int A_WHILE_MILLIS = 30;

    @TempDir
    private Path directories;

    private UserInvocations invocations;

    @BeforeEach
    void open() throws IOException {
        Files.createDirectories(directories.resolve("1000/systemd/units"));
        invocations = new UserInvocations(directories);
    }

    @AfterEach
    void close() {
        invocations.close();
    }

    @Test
    void knowsAnActiveInvocation() throws Exception {
        assertNull(invocations.of(1000, "a.service", System.nanoTime()));
        begin(FIRST);
        Thread.sleep(A_WHILE_MILLIS);
        assertEquals(FIRST, invocations.of(1000, "a.service", System.nanoTime()));
        assertNull(invocations.of(1000, "b.service", System.nanoTime()));
        assertNull(invocations.of(1001, "a.service", System.nanoTime()));
    }

    @Test
    void rejectsALaterInvocation() throws Exception {
        long before = System.nanoTime();
        begin(FIRST);
        Thread.sleep(A_WHILE_MILLIS);
        assertNull(invocations.of(1000, "a.service", before));
        long during = System.nanoTime();
        begin(SECOND);
        assertNull(invocations.of(1000, "a.service", during));
        Thread.sleep(A_WHILE_MILLIS);
        assertEquals(SECOND, invocations.of(1000, "a.service", System.nanoTime()));
    }

    @Test
    void knowsNoneOfAnEndedUnit() throws Exception {
        begin(FIRST);
        Thread.sleep(A_WHILE_MILLIS);
        long during = System.nanoTime();
        Files.delete(link());
        assertNull(invocations.of(1000, "a.service", during));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1111111111111111111111111111111", "/etc/passwd", "1111111111111111111111111111111G"})
    void ignoresALinkToSomethingElse(String target) throws Exception {
        begin(target);
        Thread.sleep(A_WHILE_MILLIS);
        assertNull(invocations.of(1000, "a.service", System.nanoTime()));
    }

    private Path link() {
        return directories.resolve("1000/systemd/units/invocation:a.service");
    }

    private void begin(String id) throws IOException {
        Path beside = Files.createSymbolicLink(directories.resolve("beside"), Path.of(id));
        Files.move(beside, link(), StandardCopyOption.ATOMIC_MOVE);
    }
}
