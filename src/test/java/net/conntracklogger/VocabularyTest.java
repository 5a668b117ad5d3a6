// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keeps retired phrases out of the words of the project; src/README.md has the vocabulary. */
class VocabularyTest {
    /** Files, and directories with all that is below them. */
    static final List<String> ROOTS = List.of(
            "README.md",
            ".ci",
            ".github",
            "debian",
            "packaging",
            "systemd",
            "src/README.md",
            "src/main",
            "src/test/README.md",
            "src/test/benchmark/README.md",
            "src/test/java");

    private static final List<String> RETIRED = List.of(
            "as far as it can be",
            "for want of",
            "had to be forgotten",
            "has to be done",
            "in the same go",
            "not be had",
            "not told",
            "noted in the kernel",
            "notes of owners",
            "of whom",
            "tell of",
            "tell whose",
            "tells of",
            "tells whose",
            "that there is none",
            "to be had",
            "told of",
            "whoever",
            "whose it is",
            "whose they are");

    /** Between two words: blanks, the end of a line, and what begins the next line of a comment. */
    private static final String BETWEEN = "(?:\\s|\\n\\s*(?:\\*|//|#))+";

    private static final Pattern ANY = Pattern.compile(
            "\\b(?:"
                    + RETIRED.stream()
                            .map(phrase -> phrase.replace(" ", BETWEEN))
                            .collect(Collectors.joining("|"))
                    + ")\\b",
            Pattern.CASE_INSENSITIVE);

    @ParameterizedTest
    @FieldSource("ROOTS")
    void hasNoRetiredPhrase(String root) throws IOException {
        List<Path> files = files(Path.of(root));
        assertFalse(files.isEmpty());
        List<String> found = new ArrayList<>();
        for (Path file : files) {
            found.addAll(find(file.toString(), Files.readString(file)));
        }
        assertEquals(List.of(), found);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "It is told of later.",
                "what is\n# to be had",
                "what is\n     * To be had",
                "what is\n    // to be had",
                "for  want\nof room"
            })
    void findsAPhraseAcrossLines(String text) {
        assertEquals(1, find("file", text).size());
    }

    @Test
    void namesTheLine() {
        assertEquals(List.of("file:3: for want of"), find("file", "one\ntwo\nfor want of\n"));
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> found = Files.walk(root)) {
            return found.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("VocabularyTest.java"))
                    .toList();
        }
    }

    private static List<String> find(String name, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher = ANY.matcher(text);
        while (matcher.find()) {
            long line = text.substring(0, matcher.start()).lines().count();
            boolean begins = matcher.start() == 0 || text.charAt(matcher.start() - 1) == '\n';
            found.add(name + ":" + (begins ? line + 1 : line) + ": "
                    + matcher.group().replaceAll("\\s+", " "));
        }
        return found;
    }
}
