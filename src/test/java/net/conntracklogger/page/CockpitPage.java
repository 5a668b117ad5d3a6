// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.page;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.conntracklogger.output.JsonText;

/** The page as a user of Cockpit sees it, who has logged in. Not thread-safe. */
final class CockpitPage implements AutoCloseable {
    /**
     * Not https: cockpit-tls then spins for ever in some runs, and the browser waits
     * (github.com/cockpit-project/cockpit/issues/22274).
     */
    private static final String URL = "http://127.0.0.1:9090/conntrack-logger";

    private static final String FRAME = "iframe[name^='cockpit1:'][name$='/conntrack-logger']";
    private static final String PASSWORD = "foobar";
    private static final int PORT = 9515;
    private static final int HEIGHT = 1000;

    private final Browser browser;
    private int shows;

    private CockpitPage(Browser browser) {
        this.browser = browser;
    }

    /** Logs in and opens the page. */
    static CockpitPage of(String user, Path directory) throws Exception {
        Browser browser = Browser.open(PORT, directory);
        try {
            CockpitPage page = new CockpitPage(browser);
            browser.go(URL);
            browser.type("#login-user-input", user);
            browser.type("#login-password-input", PASSWORD);
            browser.click("#login-button");
            page.enter();
            return page;
        } catch (Throwable e) {
            browser.close();
            throw e;
        }
    }

    Browser browser() {
        return browser;
    }

    /** Waits until the page shows an answer, and looks at the page alone. */
    void enter() throws Exception {
        browser.enterFrame(FRAME);
        browser.await("body[data-state=ready]");
    }

    /** Shows the page at an address, pairs of option and value. */
    void show(String... options) throws Exception {
        StringBuilder address = new StringBuilder(URL + "#/");
        for (int i = 0; i < options.length; i += 2) {
            address.append(i == 0 ? '?' : '&').append(options[i]).append('=');
            address.append(
                    URLEncoder.encode(options[i + 1], StandardCharsets.UTF_8).replace("+", "%20"));
        }
        // Differs from the address that is shown, so that the page reads the log again.
        shows++;
        address.append(options.length == 0 ? '?' : '&').append("test=").append(shows);
        browser.go(address.toString());
        browser.enterFrame(FRAME);
        browser.await("body[data-state=ready][data-shown$='test=" + shows + "']");
    }

    /** Returns the address of the page, after the #. */
    String address() throws Exception {
        return browser.script("return decodeURIComponent(top.location.hash)");
    }

    /** Asks as a user does, and waits for the answer. */
    void ask(String question) throws Exception {
        browser.fill("#question", question);
        submit();
    }

    /** Asks with lines that are pasted. */
    void paste(String lines) throws Exception {
        browser.script("document.querySelector('#question').value = " + JsonText.quoted(lines));
        submit();
    }

    private void submit() throws Exception {
        String before = browser.script("return document.body.dataset.answers");
        browser.type("#question", Browser.ENTER);
        browser.await("body[data-state=ready]:not([data-answers='" + before + "'])");
    }

    /** Opens the first flow of the table, and waits until all of it is known. */
    void openFirstFlow() throws Exception {
        browser.click(".flow .time button");
        browser.await(".details[data-complete=yes]");
    }

    /** Turns administrative access on, as the button at the top of Cockpit does. */
    void becomeAdministrator() throws Exception {
        browser.leaveFrames();
        browser.click("#super-user-indicator button");
        browser.type("[role=dialog] input[type=password]", PASSWORD + Browser.ENTER);
        browser.enterFrame(FRAME);
    }

    /** Chooses light or dark in Cockpit. */
    void choose(String style) throws Exception {
        browser.script(
                "localStorage.setItem('shell:style', '" + style + "');"
                        + "for (const frame of [window, top]) frame.dispatchEvent(new StorageEvent('storage', { key: 'shell:style' }))");
    }

    /** Takes pictures of the page at two widths, for people to look at. */
    void takePictures(String name) throws Exception {
        Path directory = Files.createDirectories(Path.of("target/page"));
        for (int width : List.of(400, 1280)) {
            browser.resize(width, HEIGHT);
            browser.screenshot(
                    directory.resolve(System.getProperty("page.machine").replaceFirst("^page-([a-z]+).*", "$1") + "-"
                            + name + "-" + width + ".png"));
        }
    }

    /** Returns what the browser had to say of this page: errors, warnings, violations of the policy of Cockpit. */
    List<String> complaints() throws Exception {
        return browser.console().stream()
                .filter(line -> line.contains("/conntrack-logger/") || line.contains("Content Security Policy"))
                .toList();
    }

    @Override
    public void close() throws IOException {
        browser.close();
    }
}
