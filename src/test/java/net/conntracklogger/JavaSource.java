// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The text of a Java file, to be parsed by javac. */
final class JavaSource extends SimpleJavaFileObject {
    static final Path ROOT = Path.of("src", "main", "java");

    private final String code;

    private JavaSource(String code) {
        super(URI.create("string:///Source.java"), JavaFileObject.Kind.SOURCE);
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

    /** Returns a task that parses the text. */
    static JavacTask task(String code) {
        return (JavacTask) ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, null, List.of("-proc:none"), null, List.of(new JavaSource(code)));
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return code;
    }
}
