// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.page;

import static net.conntracklogger.output.JsonText.quoted;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import net.conntracklogger.question.JsonReader;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Wait;

/**
 * A Chromium without a window that chromedriver controls, by the WebDriver protocol of the W3C. Elements are named by CSS selectors
 * in the current frame, and waited for. Not thread-safe.
 */
final class Browser implements AutoCloseable {
    /** What WebDriver calls the Enter key. */
    static final String ENTER = "\uE007";

    /** The key of a reference to an element, by the standard. */
    private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

    /** As root, without a display, and with no traffic of its own. */
    private static final String ARGUMENTS =
            "\"--headless\",\"--no-sandbox\",\"--disable-gpu\",\"--disable-quic\",\"--no-first-run\","
                    + "\"--disable-background-networking\",\"--disable-component-update\",\"--disable-sync\",\"--lang=en-GB\","
                    // Looks no name up: the machine logs that.
                    + "\"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1\",\"--window-size=1280,1000\"";

    private static final long LOOK_MILLIS = 50;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Child driver;
    private final String address;
    private final String session;

    private Browser(Child driver, int port, Path directory) throws Exception {
        this.driver = driver;
        address = "http://127.0.0.1:" + port;
        Wait.until("chromedriver answers", this::isReady);
        String options =
                "{\"args\":[" + ARGUMENTS + "," + quoted("--user-data-dir=" + directory.resolve("profile")) + "]}";
        Map<?, ?> opened = (Map<?, ?>) call(
                "POST",
                "/session",
                "{\"capabilities\":{\"alwaysMatch\":{\"goog:loggingPrefs\":{\"browser\":\"ALL\"},"
                        + "\"goog:chromeOptions\":" + options + "}}}");
        session = "/session/" + opened.get("sessionId");
    }

    /**
     * Starts a browser.
     *
     * @param port where chromedriver listens
     * @param directory for the profile
     */
    static Browser open(int port, Path directory) throws Exception {
        Child driver = Child.start("chromedriver", "--port=" + port, "--log-level=SEVERE");
        try {
            return new Browser(driver, port, directory);
        } catch (Throwable e) {
            driver.close();
            throw e;
        }
    }

    private boolean isReady() throws InterruptedException {
        try {
            call("GET", "/status", null);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Loads a page. If only the part after # differs, the page stays. */
    void go(String url) throws Exception {
        post("/url", "{\"url\":" + quoted(url) + "}");
    }

    void resize(int width, int height) throws Exception {
        post("/window/rect", "{\"width\":" + width + ",\"height\":" + height + "}");
    }

    /** Saves what is downloaded from then on in a directory. */
    void saveTo(Path directory) throws Exception {
        post(
                "/goog/cdp/execute",
                "{\"cmd\":\"Browser.setDownloadBehavior\",\"params\":{\"behavior\":\"allow\",\"downloadPath\":"
                        + quoted(directory.toString()) + "}}");
    }

    /** Enters the frame, in which elements are looked for from then on. */
    void enterFrame(String css) throws Exception {
        leaveFrames();
        post("/frame", "{\"id\":{" + quoted(ELEMENT) + ":" + quoted(find(css)) + "}}");
    }

    void leaveFrames() throws Exception {
        post("/frame", "{\"id\":null}");
    }

    boolean has(String css) throws Exception {
        return !((List<?>) post("/elements", selector(css))).isEmpty();
    }

    /** Waits until there is such an element. */
    void await(String css) throws Exception {
        await("there is " + css, () -> has(css));
    }

    /** Waits until the condition holds. Each look at the page takes time from the page. */
    void await(String state, Callable<Boolean> condition) throws Exception {
        Wait.until(state, () -> {
            boolean holds = condition.call();
            Thread.sleep(holds ? 0 : LOOK_MILLIS);
            return holds;
        });
    }

    void click(String css) throws Exception {
        post("/element/" + findShown(css) + "/click", "{}");
    }

    /** Types into an element, after what it holds. */
    void type(String css, String keys) throws Exception {
        post("/element/" + findShown(css) + "/value", "{\"text\":" + quoted(keys) + "}");
    }

    /** Types keys into whatever has the focus. */
    void press(String keys) throws Exception {
        post(
                "/element/" + id(call("GET", session + "/element/active", null)) + "/value",
                "{\"text\":" + quoted(keys) + "}");
    }

    /** Empties an element and types into it. */
    void fill(String css, String text) throws Exception {
        post("/element/" + findShown(css) + "/clear", "{}");
        type(css, text);
    }

    /** Returns the text of an element as it is seen. */
    String text(String css) throws Exception {
        return (String) call("GET", session + "/element/" + find(css) + "/text", null);
    }

    /** Presses the pointer on an element and moves it, from and to these pixels right of its centre. */
    void drag(String css, int from, int to) throws Exception {
        String origin = "\"origin\":{" + quoted(ELEMENT) + ":" + quoted(find(css)) + "},\"y\":0,\"duration\":50";
        post(
                "/actions",
                "{\"actions\":[{\"type\":\"pointer\",\"id\":\"mouse\",\"actions\":[{\"type\":\"pointerMove\"," + origin
                        + ",\"x\":" + from
                        + "},{\"type\":\"pointerDown\",\"button\":0},{\"type\":\"pointerMove\"," + origin + ",\"x\":"
                        + to
                        + "},{\"type\":\"pointerUp\",\"button\":0}]}]}");
    }

    /** Runs a function body and returns its result as text. */
    String script(String body) throws Exception {
        return String.valueOf(post(
                "/execute/sync", "{\"script\":" + quoted("return String((() => {" + body + "})())") + ",\"args\":[]}"));
    }

    /** Returns what the browser wrote to its console since the last call. */
    List<String> console() throws Exception {
        return ((List<?>) post("/se/log", "{\"type\":\"browser\"}"))
                .stream()
                        .map(entry -> ((Map<?, ?>) entry).get("level") + " " + ((Map<?, ?>) entry).get("message"))
                        .toList();
    }

    void screenshot(Path file) throws Exception {
        Files.write(file, Base64.getDecoder().decode((String) call("GET", session + "/screenshot", null)));
    }

    private String find(String css) throws Exception {
        await(css);
        return id(post("/element", selector(css)));
    }

    /** Returns an element once it is there and can be seen, as a page may show it later. */
    private String findShown(String css) throws Exception {
        String seen =
                "return document.querySelector(" + quoted(css) + ")?.checkVisibility({ visibilityProperty: true })";
        await(css + " can be seen", () -> script(seen).equals("true"));
        return find(css);
    }

    private static String id(Object element) {
        return (String) ((Map<?, ?>) element).get(ELEMENT);
    }

    private static String selector(String css) {
        return "{\"using\":\"css selector\",\"value\":" + quoted(css) + "}";
    }

    private Object post(String path, String body) throws IOException, InterruptedException {
        return call("POST", session + path, body);
    }

    private Object call(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        Object value = ((Map<?, ?>) JsonReader.read(response.body())).get("value");
        if (response.statusCode() != 200) {
            throw new AssertionError(method + " " + path + ": " + ((Map<?, ?>) value).get("message"));
        }
        return value;
    }

    @Override
    public void close() throws IOException {
        try (driver) {
            call("DELETE", session, null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
