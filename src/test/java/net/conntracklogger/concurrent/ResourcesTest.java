// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResourcesTest {
    private final List<String> closed = new ArrayList<>();
    private final Resources resources = new Resources();

    private void add(String name) {
        resources.add(() -> closed.add(name));
    }

    private <E extends Exception> E addFailing(String name, E failure) {
        resources.add(() -> {
            closed.add(name);
            if (failure instanceof IOException e) {
                throw e;
            }
            throw (RuntimeException) failure;
        });
        return failure;
    }

    @Test
    void returnsWhatIsAdded() {
        Closeable resource = () -> {};
        assertSame(resource, resources.add(resource));
    }

    @Test
    void closesInReverseOrder() throws IOException {
        add("first");
        add("second");
        add("third");
        resources.close();
        assertEquals(List.of("third", "second", "first"), closed);
    }

    @Test
    void closesEachOnce() throws IOException {
        add("only");
        resources.close();
        resources.close();
        assertEquals(List.of("only"), closed);
    }

    @Test
    void closesAllEvenIfSomeFail() {
        add("first");
        IOException later = addFailing("second", new IOException("second"));
        add("third");
        RuntimeException earlier = addFailing("fourth", new IllegalStateException("fourth"));
        Exception thrown = assertThrows(IllegalStateException.class, resources::close);
        assertSame(earlier, thrown);
        assertArrayEquals(new Throwable[] {later}, thrown.getSuppressed());
        assertEquals(List.of("fourth", "third", "second", "first"), closed);
    }

    @Test
    void addsFailuresToTheCauseOfClosing() {
        add("first");
        IOException second = addFailing("second", new IOException("second"));
        IOException cause = new IOException("cause");
        resources.closeAfter(cause);
        assertArrayEquals(new Throwable[] {second}, cause.getSuppressed());
        assertEquals(List.of("second", "first"), closed);
    }

    @Test
    void leavesACauseAloneIfAllClose() {
        add("first");
        IOException cause = new IOException("cause");
        resources.closeAfter(cause);
        assertEquals(0, cause.getSuppressed().length);
        assertEquals(List.of("first"), closed);
    }

    @Test
    void closesResourcesWithinResources() throws IOException {
        Resources outer = new Resources();
        outer.add(() -> closed.add("outer"));
        outer.add(resources);
        add("inner");
        outer.close();
        assertEquals(List.of("inner", "outer"), closed);
    }
}
