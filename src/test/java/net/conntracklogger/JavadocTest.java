// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EndElementTree;
import com.sun.source.doctree.StartElementTree;
import com.sun.source.doctree.TextTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Keeps the first sentences of Javadoc short. An inline tag counts as one word. */
class JavadocTest {
    private static final int WORDS = 15;
    private static final Pattern WORD = Pattern.compile("\\S*[\\p{L}\\p{N}]\\S*");

    @Test
    void firstSentencesAreShort() throws IOException {
        List<JavaSource> sources = JavaSource.all();
        assertFalse(sources.isEmpty());
        List<String> found = longSentences(sources, WORDS);
        assertEquals("", String.join("\n", found), "sentences of more than " + WORDS + " words");
    }

    @Test
    void findsLongSentencesOfAllDeclarations() throws IOException {
        JavaSource source = new JavaSource("A.java", """
                /** One two three, in a package. Four. */
                package p;

                /**
                 * One two
                 * three {@link String of several words}.
                 */
                class A {
                    /** One {@code a b c} (two) - three. Four five. */
                    int field;

                    /** One two three four
                     *
                     * @return five */
                    int method() {}

                    /** One two three. Four five six. */
                    record B() {}
                }
                """);
        List<String> all = List.of(
                "A.java: One two three, in a package.",
                "A.java: One two three {@link}.",
                "A.java: One {@code} (two) - three.",
                "A.java: One two three four",
                "A.java: One two three.");
        assertEquals(all, longSentences(List.of(source), 2));
        assertEquals(all.subList(0, 4), longSentences(List.of(source), 3));
        assertEquals(all.subList(0, 1), longSentences(List.of(source), 4));
        assertEquals(List.of(), longSentences(List.of(source), 6));
    }

    /** Returns the first sentences, in the order of the sources, that have more words than this. */
    private static List<String> longSentences(List<JavaSource> sources, int words) throws IOException {
        JavacTask task = JavaSource.task(sources);
        DocTrees trees = DocTrees.instance(task);
        List<String> found = new ArrayList<>();
        for (CompilationUnitTree unit : task.parse()) {
            String name = unit.getSourceFile().getName();
            new TreePathScanner<Void, Void>() {
                @Override
                public Void scan(Tree tree, Void nothing) {
                    DocCommentTree comment =
                            tree == null ? null : trees.getDocCommentTree(new TreePath(getCurrentPath(), tree));
                    if (comment != null) {
                        String sentence = text(comment.getFirstSentence());
                        if (WORD.matcher(sentence).results().count() > words) {
                            found.add(name + ": " + sentence);
                        }
                    }
                    return super.scan(tree, null);
                }
            }.scan(new TreePath(unit), null);
        }
        return found;
    }

    private static String text(List<? extends DocTree> sentence) {
        return sentence.stream()
                .map(JavadocTest::text)
                .collect(Collectors.joining())
                .replaceAll("\\s+", " ");
    }

    private static String text(DocTree part) {
        if (part instanceof TextTree text) {
            return text.getBody();
        }
        boolean html = part instanceof StartElementTree || part instanceof EndElementTree;
        return html ? "" : "{@" + part.getKind().tagName + "}";
    }
}
