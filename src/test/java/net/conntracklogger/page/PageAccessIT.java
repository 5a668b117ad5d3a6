// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Who may see the Cockpit page's flows. {@code src/test/system/run-page-tests} boots the machine. */
@EnabledIfSystemProperty(named = "page.machine", matches = ".+")
class PageAccessIT {
    private static final String SENTENCE =
            "Not known: only root and members of the groups adm and systemd-journal may read the log.";

    @TempDir
    private Path directory;

    @Test
    void aUserWithoutRightsIsToldSo() throws Exception {
        try (CockpitPage page = CockpitPage.of("plain", directory)) {
            assertTrue(
                    page.browser().text("#answer .not-permitted").startsWith(SENTENCE),
                    page.browser().text("#answer"));
            assertFalse(page.browser().has(".report .card"));
            page.ask("10.78.0.8");
            assertTrue(
                    page.browser().text("#answer .not-permitted").startsWith(SENTENCE),
                    page.browser().text("#answer"));
            page.takePictures("not-permitted");
            assertEquals(List.of(), page.complaints());
        }
    }

    @Test
    void anAdministratorSeesFlowsOnceAccessIsTurnedOn() throws Exception {
        try (CockpitPage page = CockpitPage.of("admin", directory)) {
            assertTrue(
                    page.browser().text("#answer .not-permitted").startsWith(SENTENCE),
                    page.browser().text("#answer"));
            page.becomeAdministrator();
            page.browser().await(".report .flow");
            page.openFirstFlow();
            assertEquals(List.of(), page.complaints());
        }
    }
}
