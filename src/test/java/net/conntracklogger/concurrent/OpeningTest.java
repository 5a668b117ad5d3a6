// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OpeningTest {
    private final AtomicInteger closed = new AtomicInteger();
    private final Closeable resource = closed::incrementAndGet;

    @Test
    void opensInAnotherThread() throws IOException {
        Thread[] opener = new Thread[1];
        try (Opening<Closeable> opening = Opening.start("opener", () -> {
            opener[0] = Thread.currentThread();
            return resource;
        })) {
            assertSame(resource, opening.take());
            assertNotSame(Thread.currentThread(), opener[0]);
            assertEquals("opener", opener[0].getName());
        }
    }

    @Test
    void leavesWhatWasTakenOpen() throws IOException {
        try (Opening<Closeable> opening = Opening.start("opener", () -> resource)) {
            opening.take();
        }
        assertEquals(0, closed.get());
    }

    @Test
    void closesWhatIsOpenedLaterAndNotTaken() throws IOException {
        CompletableFuture<Closeable> later = new CompletableFuture<>();
        Opening<Closeable> opening = Opening.start("opener", later::join);
        new Thread(() -> later.complete(resource)).start();
        opening.close();
        opening.close();
        assertEquals(1, closed.get());
    }

    @ParameterizedTest
    @MethodSource("failures")
    void throwsWhatTheSourceThrew(Throwable failure, Opening.Source<Closeable> source) throws IOException {
        try (Opening<Closeable> opening = Opening.start("opener", source)) {
            assertSame(failure, assertThrows(Throwable.class, opening::take));
        }
    }

    static List<Arguments> failures() {
        IOException ofSystem = new IOException("refused");
        RuntimeException ofProgram = new IllegalStateException("refused");
        Error ofLibrary = new UnsatisfiedLinkError("refused");
        return List.of(
                Arguments.of(ofSystem, (Opening.Source<Closeable>) () -> {
                    throw ofSystem;
                }),
                Arguments.of(ofProgram, (Opening.Source<Closeable>) () -> {
                    throw ofProgram;
                }),
                Arguments.of(ofLibrary, (Opening.Source<Closeable>) () -> {
                    throw ofLibrary;
                }));
    }

    @Test
    void hasNothingToCloseIfTheSourceFailed() throws IOException {
        Opening.start("opener", () -> {
                    throw new IOException("refused");
                })
                .close();
        assertEquals(0, closed.get());
    }
}
