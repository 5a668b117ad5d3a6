// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import net.conntracklogger.question.Criterion;

/**
 * Writes a report as one HTML document that can load nothing else. Its policy allows only its own script and style, by their
 * hashes.
 */
public final class SummaryPage {
    private static final List<String> STYLES = List.of("view.css", "report.css");
    /** Each stands after those that it imports. */
    private static final List<String> SCRIPTS = List.of(
            "dom.js",
            "format.js",
            "text.js",
            "gaps.js",
            "timeline.js",
            "picture.js",
            "rankings.js",
            "flows.js",
            "view.js",
            "report.js");

    private static final String DOCUMENT = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '%s'; style-src '%s'; \
            base-uri 'none'; form-action 'none'"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <title>%s</title>
            <style>%s</style>
            </head>
            <body>
            <h1>%3$s</h1>
            <main></main>
            <noscript>
            <pre>%s</pre>
            </noscript>
            <script type="application/json" id="data">%s</script>
            <script type="module">%s</script>
            </body>
            </html>
            """;

    private SummaryPage() {}

    /**
     * Returns the document.
     *
     * @param plain the report as lines of text, for browsers that run no scripts
     * @throws IOException if a part of the program is missing
     */
    public static String of(Report report, List<String> plain) throws IOException {
        String style = join(STYLES);
        // One module of all: a document without requests cannot import.
        String script =
                join(SCRIPTS).replaceAll("(?m)^(import|export \\{) .*\\n", "").replaceAll("(?m)^export ", "");
        return DOCUMENT.formatted(
                hash(script),
                hash(style),
                escaped(title(report)),
                style,
                escaped(String.join("\n", plain)),
                SummaryJson.of(report),
                script);
    }

    private static String title(Report report) {
        Origin origin = report.origin();
        String criteria = report.criteria().stream().map(Criterion::text).collect(Collectors.joining(" and "));
        return "Network flows"
                + (criteria.isEmpty() ? "" : " of " + criteria)
                + (origin.host() == null ? "" : " on " + origin.host())
                + (origin.directory() == null ? "" : " in the log of " + origin.directory());
    }

    private static String join(List<String> names) throws IOException {
        StringBuilder text = new StringBuilder("\n");
        for (String name : names) {
            try (InputStream file = SummaryPage.class.getResourceAsStream("/web/" + name)) {
                if (file == null) {
                    throw new IOException(
                            "cannot read " + name + " of the program: it is missing; install the package again");
                }
                text.append(new String(file.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private static String escaped(String text) {
        return text.chars().mapToObj(SummaryPage::escaped).collect(Collectors.joining());
    }

    private static String escaped(int c) {
        return switch (c) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '"' -> "&quot;";
            default -> Character.toString(c);
        };
    }
}
