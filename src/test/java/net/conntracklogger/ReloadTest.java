// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Protocol;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadTest {
    @TempDir
    private Path directory;

    private final List<Configuration> applied = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    private Path file;
    private Reload reload;

    @BeforeEach
    void start() {
        file = directory.resolve("test.conf");
        reload = new Reload(file, Configuration.DEFAULT, applied::add, notices::add);
    }

    private Notice reload(String configuration) throws IOException {
        Files.writeString(file, configuration);
        reload.run();
        return notices.get(notices.size() - 1);
    }

    @Test
    void appliesAKeyThatCanChange() throws IOException {
        Notice notice = reload("[Log]\nProtocols=udp\n");
        assertEquals(
                new Notice(Notice.Kind.CONFIGURATION_RELOADED, "configuration reloaded: Protocols= changed"), notice);
        assertEquals(Set.of(Protocol.UDP), applied.get(0).protocols());
        assertEquals("", reload.status());
    }

    @Test
    void namesKeysThatNeedARestart() throws IOException {
        Notice notice = reload("[Capture]\nQueue=10\n[Log]\nEvents=new end\nProtocols=udp\n");
        assertEquals(
                "configuration reloaded: Protocols= changed; restart needed for Queue= Events=;"
                        + " run \"systemctl restart conntrack-logger\"",
                notice.text());
        assertEquals("restart needed for Queue= Events=", reload.status());
        assertEquals(Configuration.DEFAULT.queue(), applied.get(0).queue());
        reload("[Log]\nProtocols=udp\n");
        assertEquals("", reload.status(), "the file is as it was at the start again");
    }

    @Test
    void reportsThatNothingChanged() throws IOException {
        assertEquals("configuration reloaded: nothing changed", reload("").text());
        assertEquals(List.of(Configuration.DEFAULT), applied);
    }

    @Test
    void keepsTheConfigurationIfTheFileIsWrong() throws IOException {
        reload("[Log]\nProtocols=udp\n");
        Notice notice = reload("[Log]\nProtocols=tpc\n");
        String mistake = "configuration not reloaded: " + file + ":2: [Log] Protocols=tpc: unknown protocol 'tpc'";
        assertEquals(Notice.Kind.CONFIGURATION_REFUSED, notice.kind());
        assertEquals(mistake, notice.text().substring(0, mistake.length()));
        assertEquals(mistake, reload.status().substring(0, mistake.length()));
        assertEquals(1, applied.size(), "the wrong one is not applied");
        assertEquals("configuration reloaded: Protocols= changed", reload("").text());
        assertEquals("", reload.status());
    }
}
