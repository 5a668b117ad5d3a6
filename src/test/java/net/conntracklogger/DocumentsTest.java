// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conntracklogger.entry.JournalField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The documents list what exists: no field, key, package or test is missing, and no link leads nowhere. */
class DocumentsTest {
    private static final Path FIELDS_PAGE = Path.of("packaging/man/conntrack-logger.fields.7");
    private static final Path CONFIGURATION_PAGE = Path.of("packaging/man/conntrack-logger.conf.5");
    private static final Path CONFIGURATION = Path.of("packaging/conntrack-logger.conf");
    private static final Path TESTS = Path.of("debian/tests");
    private static final Path SYSTEM_TESTS = Path.of("src/test/system");
    private static final Path TEST_INDEX = Path.of("src/test/README.md");
    private static final Path SOURCE_README = Path.of("src/README.md");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");
    /** A line that git adds where it cannot merge. */
    private static final Pattern CONFLICT = Pattern.compile("^(<<<<<<<|>>>>>>>) ", Pattern.MULTILINE);

    private static final String JAVA_PACKAGE = "net/conntracklogger";

    @Test
    void everyFieldIsInTheManual() throws IOException {
        assertEquals(
                Arrays.stream(JournalField.values()).map(Enum::name).collect(Collectors.toCollection(TreeSet::new)),
                tags(FIELDS_PAGE, "[A-Z][A-Z0-9_]+"));
    }

    @Test
    void everyKeyIsInTheManual() throws IOException {
        Set<String> shipped = Files.readString(CONFIGURATION)
                .lines()
                .filter(line -> line.matches("#[A-Za-z]+=.*"))
                .map(line -> line.substring(1, line.indexOf('=')))
                .collect(Collectors.toCollection(TreeSet::new));
        assertFalse(shipped.isEmpty());
        assertEquals(shipped, tags(CONFIGURATION_PAGE, "[A-Z][A-Za-z]+"));
    }

    /** As lintian demands of the package, which is checked much later. */
    @Test
    void theChangeLogHas80Columns() throws IOException {
        assertEquals(
                List.of(),
                Files.readAllLines(Path.of("debian/changelog")).stream()
                        .filter(line -> line.startsWith("  ") && line.length() > 80)
                        .toList());
    }

    @Test
    void everyTestScriptIsInTheIndex() throws IOException {
        String index = Files.readString(TEST_INDEX);
        List<String> missing = new ArrayList<>();
        for (Path directory : List.of(TESTS, SYSTEM_TESTS)) {
            for (String name : names(directory)) {
                if (!Pattern.compile("`" + Pattern.quote(name) + "\\b")
                        .matcher(index)
                        .find()) {
                    missing.add(directory + "/" + name);
                }
            }
        }
        assertEquals(List.of(), missing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"main", "test"})
    void everyPackageIsInItsReadme(String tree) throws IOException {
        String text = Files.readString(tree.equals("main") ? SOURCE_README : TEST_INDEX);
        Path root = Path.of("src", tree, "java", JAVA_PACKAGE);
        List<String> missing = new ArrayList<>();
        for (String name : packages(root)) {
            if (!text.contains("`" + name + "`")) {
                missing.add(name);
            }
        }
        assertEquals(List.of(), missing);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "src/README.md",
                "src/test/README.md",
                "src/test/benchmark/README.md",
                ".github/CONTRIBUTING.md",
                ".github/SECURITY.md"
            })
    void noLinkLeadsNowhereAndNoMergeIsUnfinished(String document) throws IOException {
        Path file = Path.of(document);
        Path directory = file.toAbsolutePath().getParent();
        String text = Files.readString(file);
        assertFalse(CONFLICT.matcher(text).find(), document);
        Matcher links = LINK.matcher(text);
        while (links.find()) {
            assertTrue(Files.exists(directory.resolve(links.group(1))), links.group(1));
        }
    }

    /** What the page describes: the words in bold of this form in each line after {@code .TP}. */
    private static Set<String> tags(Path page, String form) throws IOException {
        Set<String> tags = new TreeSet<>();
        List<String> lines = Files.readAllLines(page);
        Pattern tag = Pattern.compile("(?<![\\\\A-Za-z_])" + form + "(?![a-z])");
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i - 1).equals(".TP")) {
                // Not the macro, nor what is in italics.
                String text = lines.get(i).replaceFirst("^\\.[A-Z]+ ", "").replaceAll("\\\\fI.*?\\\\fR", "");
                tag.matcher(text).results().forEach(match -> tags.add(match.group()));
            }
        }
        return tags;
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .toList();
        }
    }

    private static Set<String> packages(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(file -> root.relativize(file.getParent()).toString().replace('/', '.'))
                    .filter(name -> !name.isEmpty())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
