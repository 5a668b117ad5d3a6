// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The text of a Java file, to be parsed by javac. */
final class JavaSource extends SimpleJavaFileObject {
    static final Path ROOT = Path.of("src", "main", "java");

    private final String name;
    private final String code;

    JavaSource(String name, String code) {
        super(URI.create("string:///" + name), JavaFileObject.Kind.SOURCE);
        this.name = name;
        this.code = code;
    }

    /** Returns the Java files of the program. */
    static List<Path> files() throws IOException {
        try (Stream<Path> found = Files.walk(ROOT)) {
            return found.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
    }

    /** Returns the texts of the Java files of the program, named by their paths below {@link #ROOT}. */
    static List<JavaSource> all() throws IOException {
        List<JavaSource> all = new ArrayList<>();
        for (Path file : files()) {
            all.add(new JavaSource(ROOT.relativize(file).toString(), Files.readString(file)));
        }
        return all;
    }

    /** Returns a task that parses the texts. One task for all is much faster than one for each. */
    static JavacTask task(List<JavaSource> sources) {
        return (JavacTask)
                ToolProvider.getSystemJavaCompiler().getTask(null, null, null, List.of("-proc:none"), null, sources);
    }

    /** Returns a source of the same name whose text the function makes of this one. */
    JavaSource map(UnaryOperator<String> function) {
        return new JavaSource(name, function.apply(code));
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return code;
    }
}
