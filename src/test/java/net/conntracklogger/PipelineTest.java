// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.delivery.RecordedEntries;
import net.conntracklogger.handover.Handover;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class PipelineTest {
    private static final Set<String> THREADS = Set.of("flow-writer", "flow-reader", "name-reader", "unit-watch");

    @Test
    void endsItsThreadsIfItCannotStart(@TempDir Path directory) throws Exception {
        Configuration configuration = EmptySystem.configuration(directory);
        SystemRoots roots = EmptySystem.roots(directory);
        AtomicReference<Throwable> failed = new AtomicReference<>();
        RecordedEntries output = new RecordedEntries();

        IOException failure = assertThrows(IOException.class, () -> open(configuration, roots, output, failed::set));

        String missing = roots.proc() + "/thread-self/ns/net: No such file or directory";
        assertTrue(failure.getMessage().contains(missing), failure.getMessage());
        assertEquals(Set.of(), running());
        assertNull(failed.get(), "no thread failed");
        assertFalse(output.isClosed(), "the output belongs to the caller");
    }

    private static void open(
            Configuration configuration, SystemRoots roots, RecordedEntries output, Consumer<Throwable> failed)
            throws IOException {
        try (Handover none = Handover.take(Map.of(), line -> {})) {
            Pipeline.open(configuration, roots, none, output, System.err, 1, failed);
        }
    }

    private static Set<String> running() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(THREADS::contains)
                .collect(Collectors.toSet());
    }
}
