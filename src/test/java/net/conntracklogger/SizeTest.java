// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Keeps classes, methods and packages small. Lines that are blank or only a comment do not count. */
class SizeTest {
    private static final int CLASS_LINES = 250;
    private static final int METHOD_LINES = 35;
    private static final int PACKAGE_CLASSES = 15;
    /** The vocabulary: many small records. */
    private static final Path LARGE_PACKAGE = JavaSource.ROOT.resolve(Path.of("net", "conntracklogger", "flow"));

    /** A literal, which may contain what looks like a comment, or a comment. */
    private static final Pattern LITERAL_OR_COMMENT = Pattern.compile(
            "\"\"\"[\\s\\S]*?\"\"\"|\"(?:\\\\.|[^\"\\\\])*+\"|'(?:\\\\.|[^'\\\\])*+'|//[^\\n]*|/\\*[\\s\\S]*?\\*/");

    @Test
    void noClassAndNoMethodIsLong() throws IOException {
        List<JavaSource> sources = JavaSource.all();
        assertFalse(sources.isEmpty());
        assertEquals(List.of(), longParts(sources, CLASS_LINES, METHOD_LINES));
    }

    @Test
    void noPackageIsLarge() throws IOException {
        Map<Path, Integer> sizes = new TreeMap<>();
        for (Path file : JavaSource.files()) {
            if (!file.endsWith("package-info.java")) {
                sizes.merge(file.getParent(), 1, Integer::sum);
            }
        }
        sizes.remove(LARGE_PACKAGE);
        sizes.values().removeIf(size -> size <= PACKAGE_CLASSES);
        assertEquals(Map.of(), sizes);
    }

    @Test
    void countsFromTheSignatureToTheBrace() throws IOException {
        List<JavaSource> source = List.of(new JavaSource("A.java", """
                import java.util.List;

                /** Not counted. */
                record A(List<String> list) {
                    A {
                        list = List.copyOf(list);
                    }

                    // Not counted.
                    @Override
                    public String toString() {
                        /* Not counted,
                           nor this. */
                        return "/*" // a comment beside code
                                + '"' + list;

                    }
                }
                """));
        assertEquals(List.of(), longParts(source, 10, 4));
        assertEquals(List.of("A: 10 lines", "A.toString: 4 lines"), longParts(source, 9, 3));
        assertEquals(List.of("A: 10 lines", "A.<init>: 3 lines", "A.toString: 4 lines"), longParts(source, 0, 2));
    }

    /** Returns the top-level classes, and the methods of all classes, that have more lines than these. */
    private static List<String> longParts(List<JavaSource> sources, int classLines, int methodLines)
            throws IOException {
        JavacTask task = JavaSource.task(sources.stream()
                .map(source -> source.map(SizeTest::withoutComments))
                .toList());
        SourcePositions positions = Trees.instance(task).getSourcePositions();
        List<String> found = new ArrayList<>();
        for (CompilationUnitTree unit : task.parse()) {
            String code = unit.getSourceFile().getCharContent(true).toString();
            new TreePathScanner<Void, Void>() {
                @Override
                public Void visitClass(ClassTree type, Void nothing) {
                    if (getCurrentPath().getParentPath().getLeaf() == unit) {
                        add(
                                type.getSimpleName(),
                                classLines,
                                lines(type, type.getModifiers().getAnnotations()));
                    }
                    return super.visitClass(type, null);
                }

                @Override
                public Void visitMethod(MethodTree method, Void nothing) {
                    ClassTree type =
                            (ClassTree) getCurrentPath().getParentPath().getLeaf();
                    long lines = lines(method, method.getModifiers().getAnnotations());
                    add(type.getSimpleName() + "." + method.getName(), methodLines, lines);
                    return super.visitMethod(method, null);
                }

                private void add(CharSequence name, int limit, long lines) {
                    if (lines > limit) {
                        found.add(name + ": " + lines + " lines");
                    }
                }

                private long lines(Tree tree, List<? extends AnnotationTree> annotations) {
                    long from = annotations.isEmpty()
                            ? positions.getStartPosition(unit, tree)
                            : positions.getEndPosition(unit, annotations.get(annotations.size() - 1));
                    long to = positions.getEndPosition(unit, tree);
                    return code.substring((int) from, (int) to)
                            .lines()
                            .filter(line -> !line.isBlank())
                            .count();
                }
            }.scan(unit, null);
        }
        return found;
    }

    private static String withoutComments(String source) {
        return LITERAL_OR_COMMENT
                .matcher(source)
                .replaceAll(part -> part.group().startsWith("/")
                        ? part.group().replaceAll("[^\\n]", " ")
                        : Matcher.quoteReplacement(part.group()));
    }
}
