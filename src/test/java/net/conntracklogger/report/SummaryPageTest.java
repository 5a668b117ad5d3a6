// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** The page has a flow of a process that chose its names for it. */
class SummaryPageTest {
    private static final String HOSTILE = "</script><script>alert(1)</script><!-- ]]> & \" ' \u2028 \u202e";
    private static final TimeSpan SPAN = new TimeSpan(1_000_000_000, 2_000_000_000);
    private static final Pattern SCRIPT = Pattern.compile("<script type=\"module\">(.*?)</script>", Pattern.DOTALL);
    private static final Pattern DATA =
            Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL);
    private static final Pattern STYLE = Pattern.compile("<style>(.*?)</style>", Pattern.DOTALL);

    private String page;

    @BeforeEach
    void write() throws IOException {
        RowLog log = new RowLog();
        FlowRow row = log.add(1100, "new", HOSTILE, "192.0.2.1");
        row.add(PID_CMDLINE, HOSTILE);
        row.add(FLOW_DNAME, HOSTILE);
        Summary summary = new Summarizer(log, 10).sum(FlowQuery.in(SPAN));
        Verdict complete = new Verdict.Complete(new Question(List.of(), SPAN), SPAN.since(), SPAN.until());
        page = SummaryPage.of(log.report(summary, complete), List.of("1 flow", HOSTILE));
    }

    @Test
    void isWellFormed() throws Exception {
        String withoutScripts = SCRIPT.matcher(page).replaceAll("");
        withoutScripts =
                STYLE.matcher(DATA.matcher(withoutScripts).replaceAll("")).replaceAll("");
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(withoutScripts)));
        assertEquals("html", document.getDocumentElement().getTagName());
        assertEquals(
                "Network flows of port 80 on host",
                document.getElementsByTagName("title").item(0).getTextContent());
        assertTrue(document.getElementsByTagName("pre").item(0).getTextContent().endsWith(HOSTILE));
    }

    @Test
    void hasNoElementOfAText() {
        assertEquals(2, Pattern.compile("<script").matcher(page).results().count());
        assertEquals(2, Pattern.compile("</script").matcher(page).results().count());
        assertFalse(page.contains("<!--"));
        assertTrue(only(DATA).contains("\\u003c/script>\\u003cscript>alert(1)"));
    }

    @Test
    void allowsItsOwnScriptAndStyleAlone() throws Exception {
        assertTrue(
                page.contains(
                        "content=\"default-src 'none'; script-src '%s'; style-src '%s'; base-uri 'none'; form-action 'none'\""
                                .formatted(hash(only(SCRIPT)), hash(only(STYLE)))),
                page.substring(0, 500));
        assertFalse(page.contains(" style="));
        assertFalse(Pattern.compile(" on[a-z]+=")
                .matcher(page.replace(only(SCRIPT), ""))
                .find());
    }

    @Test
    void loadsNothing() {
        String code = only(SCRIPT) + only(STYLE);
        assertEquals(
                List.of("http://www.w3.org/2000/svg"),
                Pattern.compile("\\w+://[^\"]*")
                        .matcher(code)
                        .results()
                        .map(MatchResult::group)
                        .toList());
        assertFalse(Pattern.compile(
                        "(?m)^(import|export)\\b|\\bfetch\\b|url\\(|@import|innerHTML|outerHTML|insertAdjacent|eval\\(")
                .matcher(code)
                .find());
        assertFalse(Pattern.compile("<(link|img|iframe|object|base)\\b")
                .matcher(page)
                .find());
    }

    /** All modules become one, in which a name can stand once. */
    @Test
    void declaresEachNameOnce() {
        Set<String> names = new HashSet<>();
        Matcher declared = Pattern.compile("(?m)^(?:const|let|function|class) (\\w+|\\[.*?])")
                .matcher(only(SCRIPT));
        while (declared.find()) {
            assertTrue(names.add(declared.group(1)), declared.group(1));
        }
        assertTrue(names.contains("drawReport"));
    }

    /** Without imports, what is imported must be declared. */
    @Test
    void declaresWhatItsModulesImport() throws IOException {
        String script = only(SCRIPT);
        try (Stream<Path> files = Files.list(Path.of("src/main/web"))) {
            for (Path file : files.filter(it -> it.toString().endsWith(".js")).toList()) {
                List<String> imported = Pattern.compile("(?m)^import \\{ (.*) } from")
                        .matcher(Files.readString(file))
                        .results()
                        .flatMap(it -> Stream.of(it.group(1).split(", ")))
                        .toList();
                for (String name : script.contains(Files.readString(file)
                                .lines()
                                .skip(1)
                                .findFirst()
                                .orElseThrow())
                        ? imported
                        : List.<String>of()) {
                    assertTrue(
                            Pattern.compile("(?m)^(?:const|function|class) " + name + "\\b")
                                    .matcher(script)
                                    .find(),
                            name);
                }
            }
        }
    }

    private String only(Pattern pattern) {
        List<String> found =
                pattern.matcher(page).results().map(it -> it.group(1)).toList();
        assertEquals(1, found.size(), pattern.pattern());
        return found.get(0);
    }

    private static String hash(String text) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return "sha256-" + Base64.getEncoder().encodeToString(digest);
    }
}
