// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** How the Cockpit page shows flows, also those with hostile names. {@code src/test/system/run-page-tests} boots the machine. */
@EnabledIfSystemProperty(named = "page.machine", matches = ".+")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageFlowsIT {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";

    private final Machine machine = new Machine(System.getProperty("page.machine"));
    private CockpitPage page;
    private Browser browser;

    /** A unit that opens a flow, and a program with a hostile name. */
    @BeforeAll
    void makeFlows(@TempDir Path directory) throws Exception {
        machine.runAsService("courier", "bash", "-c", "nc -w 1 -p 4712 10.78.0.17 443; exit 0");
        machine.run("cp", "/usr/bin/nc.openbsd", "/usr/local/bin/<i>nc");
        String attack = "exec -a '" + HOSTILE + "' '/usr/local/bin/<i>nc' -w 1 10.78.0.66 666";
        machine.runAsService("attack", "bash", "-c", "(" + attack + "); exit 0");
        machine.sync();
        page = CockpitPage.of("reader", directory);
        browser = page.browser();
    }

    @AfterAll
    void close() throws Exception {
        page.close();
    }

    @AfterEach
    void complainsOfNothing() throws Exception {
        assertEquals(List.of(), page.complaints());
    }

    @Test
    void aFlowOpensToItsProcess() throws Exception {
        page.show("q", "10.78.0.17");
        page.openFirstFlow();
        String details = browser.text(".details");
        for (String part : List.of(
                "nc -w 1 -p 4712 10.78.0.17 443",
                "systemd(1)\nbash(",
                "courier.service",
                "root, uid 0",
                "bpf",
                "recorded in the kernel when the flow began",
                "10.77.0.2:4712 > 10.78.0.17:443")) {
            assertTrue(details.contains(part), part + " is not in " + details);
        }
        page.takePictures("flow");
        browser.click(".links button:last-child");
        browser.leaveFrames();
        browser.enterFrame("iframe[name$='/system/logs']");
        browser.await(
                "Logs has the entry",
                () -> browser.script("return document.body.innerText").contains("10.77.0.2:4712 > 10.78.0.17:443"));
    }

    @Test
    void hostileNamesStayText() throws Exception {
        page.show("q", "10.78.0.66");
        page.openFirstFlow();
        assertTrue(
                browser.text(".details").contains("\"" + HOSTILE + "\" -w 1 10.78.0.66 666"), browser.text(".details"));
        assertTrue(browser.text(".flow").contains("<i>nc ("), browser.text(".flow"));
        assertEquals(
                "0",
                browser.script("return document.querySelectorAll('img, main script, .flow td:nth-child(4) i').length"));
        page.takePictures("hostile");
    }

    @Test
    void showsFlowsAsTheyBegin() throws Exception {
        page.show();
        browser.click("#live-toggle");
        browser.await(".live tbody tr");
        machine.runAsService(
                "now", "bash", "-c", "for i in {1..30}; do echo > /dev/tcp/10.78.0.9/$i; sleep 0.1; done; exit 0");
        browser.await(
                "the unit is there",
                () -> browser.script("return document.querySelector('.live').innerText")
                        .contains("now.service"));
        browser.click("#pause");
        assertEquals("paused", browser.text(".live h2 small"));
        browser.click("#live-toggle");
        assertFalse(browser.has(".live"));
    }

    @Test
    void followsTheStyleOfCockpit() throws Exception {
        page.show();
        for (String style : List.of("light", "dark")) {
            page.choose(style);
            String colour = browser.script("return getComputedStyle(document.body).backgroundColor");
            assertEquals(style.equals("dark") ? "rgb(21, 21, 21)" : "rgb(242, 242, 242)", colour);
            page.takePictures(style);
        }
        page.choose("auto");
    }

    @Test
    void fitsEveryWindow() throws Exception {
        page.show("q", "10.78.0.66");
        page.openFirstFlow();
        for (int width : List.of(400, 800, 2000, 1280)) {
            browser.resize(width, 1000);
            assertEquals(
                    "0",
                    browser.script("return Math.max(0, document.documentElement.scrollWidth - innerWidth)"),
                    width + " pixels");
        }
    }

    @Test
    void exportsWhatItShows(@TempDir Path directory) throws Exception {
        page.show("q", "10.78.0.17");
        browser.saveTo(directory);
        for (String format : List.of("csv", "json", "html")) {
            Path file = directory.resolve("network-flows." + format);
            browser.click("[data-format=" + format + "]");
            browser.await(
                    file + " is there",
                    () -> Files.exists(file) && Files.readString(file).contains("courier.service"));
        }
    }
}
