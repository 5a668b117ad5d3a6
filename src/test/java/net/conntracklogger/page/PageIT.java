// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

/** The Cockpit page in a browser, for a member of adm. {@code src/test/system/run-page-tests} boots the machine. */
@EnabledIfSystemProperty(named = "page.machine", matches = ".+")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageIT {
    private static final String EVE =
            "{\"timestamp\":\"%s\",\"event_type\":\"alert\",\"src_ip\":\"10.77.0.2\",\"src_port\":4711,"
                    + "\"dest_ip\":\"10.78.0.7\",\"dest_port\":443,\"proto\":\"TCP\",\"alert\":{\"signature\":\"ET <b>TEST</b> beacon\"}}";

    private final Machine machine = new Machine(System.getProperty("page.machine"));
    private CockpitPage page;
    private Browser browser;
    /** From when on the log has no gap, seconds since the epoch. */
    private long since;

    /** Units that open flows, and a time in which the service did not run. */
    @BeforeAll
    void makeFlows(@TempDir Path directory) throws Exception {
        String open = "for port in 443 8443; do echo > /dev/tcp/10.78.0.8/$port; done; exit 0";
        machine.runAsService("backup", "bash", "-c", open);
        machine.sync();
        machine.run("systemctl", "stop", "conntrack-logger");
        Thread.sleep(1500);
        machine.run("systemctl", "start", "conntrack-logger");
        since = machine.sync() + 1;
        Thread.sleep(1000);
        machine.runAsService("sensor", "bash", "-c", "nc -w 1 -p 4711 10.78.0.7 443; exit 0");
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

    private String sinceMicros() {
        return since + "000000";
    }

    @Test
    void showsWhoTalksToWhom() throws Exception {
        page.show();
        assertTrue(browser.text(".picture").contains("backup.service"), browser.text(".picture"));
        assertTrue(browser.text(".newest").contains("10.78.0.7:443"), browser.text(".newest"));
        assertEquals("conntrack-logger report --since=-1d", browser.text("#command"));
        page.takePictures("report");
    }

    @Test
    void answersAQuestionForAnAddress() throws Exception {
        page.show();
        page.ask("10.78.0.8");
        assertTrue(
                browser.text("#answer .found").startsWith("Found: 2 flows of 10.78.0.8 began "),
                browser.text("#answer"));
        assertEquals("#/?q=10.78.0.8", page.address());
        assertEquals("conntrack-logger who --since=-1d 10.78.0.8", browser.text("#command"));
        page.ask("10.78.0.8:443");
        assertTrue(browser.text("#answer .found").contains("opened by bash("), browser.text("#answer"));
        page.takePictures("answer");
    }

    /** The alert is turned into a question that an address can hold. */
    @Test
    void answersAnAlert() throws Exception {
        page.show();
        page.ask(EVE.formatted(machine.run("date", "--iso-8601=ns")
                .strip()
                .replaceFirst("(?<=\\d{6})\\d{3}", "")
                .replace(',', '.')));
        String answer = browser.text("#answer .found");
        assertTrue(
                answer.startsWith(
                        "Alert: ET <b>TEST</b> beacon. Found: 1 flow of tcp 10.77.0.2:4711 > 10.78.0.7:443 began "),
                answer);
        assertTrue(answer.contains(", opened by nc(") && answer.contains(" of sensor.service as root"), answer);
        assertTrue(page.address().matches("#/\\?q=1:[^&]*&since=\\d+&until=\\d+&alert=ET.*"), page.address());
        page.show("q", page.address().replaceAll(".*q=(1:[^&]*).*", "$1"));
        assertTrue(browser.text("#answer .found").startsWith("Found: 1 flow of 1:"), browser.text("#answer"));
    }

    @Test
    void saysThatALineIsNoAlert() throws Exception {
        page.show();
        page.ask("{\"foo\":1}");
        assertTrue(browser.text("#answer .failed").contains("src_ip (eve.json)"), browser.text("#answer"));
    }

    @Test
    void saysThatAQuestionIsNone() throws Exception {
        page.show();
        page.ask("-1.2.3.4");
        assertTrue(browser.text("#answer .failed").startsWith("'-1.2.3.4' is no address"), browser.text("#answer"));
    }

    @Test
    void provesThatThereWasNoFlow() throws Exception {
        String now = machine.run("date", "--date=-6 seconds", "+%s000000").strip();
        browser.await("five seconds of the log are complete", () -> machine.sync() > since + 10);
        page.show(
                "q",
                "10.78.9.9",
                "since",
                sinceMicros(),
                "until",
                now.compareTo(sinceMicros()) > 0 ? now : since + 3 + "000000");
        assertTrue(
                browser.text("#answer .not-seen").endsWith("and the log is complete there."), browser.text("#answer"));
    }

    @Test
    void showsWhenTheLogWasBlind() throws Exception {
        page.show("q", "10.78.9.9", "within", "10min");
        assertTrue(browser.text("#answer .not-certain").startsWith("Not seen, but the log "), browser.text("#answer"));
        assertTrue(
                browser.script("return document.querySelector('.time-line .band.blind').title")
                        .startsWith("the service did not run"),
                browser.text(".time-line"));
        assertTrue(Integer.parseInt(browser.script("return document.querySelector('.band.blind').offsetWidth")) > 2);
    }

    @Test
    void aClickFilters() throws Exception {
        page.show();
        browser.click(".picture button[title*='backup.service']");
        browser.await("#chips .value");
        enterAgain();
        assertEquals("backup.service", browser.text("#chips .value"));
        assertEquals("#/?service=backup.service", page.address());
        assertEquals("conntrack-logger who --service=backup.service --since=-1d", browser.text("#command"));
        assertEquals(
                "backup.service",
                browser.script(
                        "return [...new Set([...document.querySelectorAll('.flow .unit')].map((it) => it.textContent))]"));
        browser.click("#chips button");
        browser.await("the filter is gone", () -> !page.address().contains("service="));
    }

    private void enterAgain() throws Exception {
        browser.await("body[data-state=ready]");
        browser.await("#answer .found");
    }

    @Test
    void aDragZooms() throws Exception {
        page.show("within", "10min");
        browser.drag(".line", 100, 200);
        browser.await("a time is chosen", () -> page.address().matches(".*since=\\d{16}&until=\\d{16}"));
        browser.await("#chips .value");
        assertTrue(browser.text("#chips .value").endsWith(" UTC"), browser.text("#chips"));
    }

    @Test
    void keysZoom() throws Exception {
        page.show("within", "10min");
        browser.script("document.querySelector('.line').focus()");
        browser.press("\uE014\uE008\uE014\uE014\uE000" + Browser.ENTER);
        browser.await("a time is chosen", () -> page.address().contains("since="));
    }
}
