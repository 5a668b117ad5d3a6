// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where a flow of the Cockpit page leads, and what comes from elsewhere: logs of sensors, commands that are copied. {@code
 * src/test/system/run-page-tests} boots the machine.
 */
@EnabledIfSystemProperty(named = "page.machine", matches = ".+")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageLinksIT {
    private static final String UNIT = """
            [Service]
            Type=oneshot
            ExecStart=/bin/bash -c '%s; exit 0'
            """;
    private static final String CONN_LOG = """
            #separator \\x09
            #path\tconn
            #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration
            %d.%06d\tCx1\t10.77.0.2\t4713\t10.78.0.23\t443\ttcp\t0.5
            """;

    private final Machine machine = new Machine(System.getProperty("page.machine"));
    private CockpitPage page;
    private Browser browser;

    /** A unit of the system, a unit of a user, and a flow whose destination the kernel translates. */
    @BeforeAll
    void makeFlows(@TempDir Path directory) throws Exception {
        page = CockpitPage.of("reader", directory);
        browser = page.browser();
        write("/etc/systemd/system/porter.service", UNIT.formatted("echo started; nc -w 1 -p 4713 10.78.0.23 443"));
        write("/etc/systemd/user/homework.service", UNIT.formatted("nc -w 1 10.78.0.24 443"));
        machine.run("systemctl", "daemon-reload");
        machine.run("systemctl", "start", "porter");
        machine.run(
                "sh",
                "-c",
                "XDG_RUNTIME_DIR=/run/user/$(id -u reader) runuser -u reader -- systemctl --user start homework");
        machine.run(
                "nft",
                "add table ip links; add chain ip links output { type nat hook output priority -100; };"
                        + "add rule ip links output ip daddr 10.78.0.25 dnat to 10.78.0.26");
        machine.runAsService("translated", "bash", "-c", "nc -w 1 -p 4714 10.78.0.25 443; exit 0");
        machine.sync();
    }

    private void write(String file, String content) throws Exception {
        machine.run("sh", "-c", "printf %s \"$1\" >\"$0\"", file, content);
    }

    @AfterAll
    void close() throws Exception {
        page.close();
    }

    @AfterEach
    void complainsOfNothing() throws Exception {
        assertEquals(List.of(), page.complaints());
    }

    /** Follows a link of the first flow of an address, and waits until the page it leads to has a text. */
    private void follow(String address, String link, String frame, String text) throws Exception {
        page.show("q", address);
        page.openFirstFlow();
        browser.script("[...document.querySelectorAll('.links button')].find((it) => it.textContent === '" + link
                + "').click()");
        browser.leaveFrames();
        browser.enterFrame("iframe[name$='" + frame + "']");
        browser.await(
                frame + " shows " + text,
                () -> browser.script("return document.body.innerText").contains(text));
    }

    @Test
    void aFlowLeadsToItsUnit() throws Exception {
        follow("10.78.0.23", "Show the unit in Services", "/system/services", "porter.service");
        assertTrue(browser.script("return top.location.hash + top.location.pathname")
                .contains("porter.service"));
    }

    @Test
    void aFlowLeadsToTheLogOfThatRunOfItsUnit() throws Exception {
        follow("10.78.0.23", "Log of that run of the unit", "/system/logs", "started");
    }

    /** Services has the units of the system, and those of the user who looks: another unit of the same name would be a lie. */
    @Test
    void aUnitOfAUserIsNamedButNotLinked() throws Exception {
        page.show("q", "10.78.0.24");
        page.openFirstFlow();
        assertTrue(browser.text(".details").contains("homework.service"), browser.text(".details"));
        assertFalse(browser.text(".links").contains("Show the unit"), browser.text(".links"));
    }

    @Test
    void aTranslatedFlowShowsBothAddresses() throws Exception {
        page.show("q", "10.78.0.26");
        page.openFirstFlow();
        String details = browser.text(".details");
        assertTrue(details.contains("10.77.0.2:4714 > 10.78.0.25:443"), details);
        assertTrue(details.contains("10.77.0.2:4714 > 10.78.0.26:443"), details);
        page.takePictures("translated");
    }

    /** The lines of Zeek's log as they are, with their head. */
    @Test
    void answersLinesOfZeek() throws Exception {
        String micros =
                machine.run("journalctl", "--output=cat", "--output-fields=FLOW_TIMESTAMP", "FLOW_DST=10.78.0.23");
        long began = Long.parseLong(micros.strip().split("\n")[0]);
        page.show();
        page.paste(CONN_LOG.formatted(began / 1_000_000, began % 1_000_000));
        String answer = browser.text("#answer .found");
        assertTrue(answer.contains("Found: 1 flow of tcp 10.77.0.2:4713 > 10.78.0.23:443"), answer);
        assertTrue(answer.contains(" of porter.service"), answer);
    }

    @Test
    void theCommandIsCopied() throws Exception {
        page.show("service", "porter.service");
        browser.click("#copy");
        browser.await(
                "the button did something", () -> !browser.text("#copy + small").isEmpty());
        String said = browser.text("#copy + small");
        String selected = browser.script("return getSelection().toString()");
        String command = "conntrack-logger who --service=porter.service --since=-1d";
        assertTrue(said.equals("Copied") || selected.equals(command), said + ", selected: " + selected);
    }
}
