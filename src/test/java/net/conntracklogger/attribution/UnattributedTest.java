// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.conntracklogger.flow.Unattributed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Reasons for an unattributed flow. The table unattributed.csv lists for each reason the tests that lead to it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnattributedTest {
    private static final String ROOT = "net.conntracklogger.";

    /** A row of the table. */
    record Row(Unattributed reason, String situation, String testClass, String method) {
        static Row parse(String line) {
            String[] columns = line.split(",");
            assertEquals(3, columns.length, line);
            int dot = columns[2].lastIndexOf('.');
            return new Row(
                    Unattributed.valueOf(columns[0]),
                    columns[1],
                    ROOT + columns[2].substring(0, dot),
                    columns[2].substring(dot + 1));
        }

        @Override
        public String toString() {
            return reason + ": " + situation;
        }
    }

    private final List<Row> table = read();
    private final JavaClasses tests = importTests();

    /** Imports the tests of the table, without the classes that they use. */
    private JavaClasses importTests() {
        List<Class<?>> classes =
                table.stream().<Class<?>>map(row -> load(row.testClass())).toList();
        return ArchConfiguration.withThreadLocalScope(configuration -> {
            configuration.setResolveMissingDependenciesFromClassPath(false);
            return new ClassFileImporter().importClasses(classes);
        });
    }

    private static List<Row> read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                UnattributedTest.class.getResourceAsStream("unattributed.csv"), StandardCharsets.UTF_8))) {
            return lines.lines().skip(1).map(Row::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, /* initialize= */ false, UnattributedTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError("no test class " + name, e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isInTheTable(Unattributed reason) {
        assertTrue(table.stream().anyMatch(row -> row.reason() == reason), "no test leads to " + reason);
    }

    List<Row> table() {
        return table;
    }

    @ParameterizedTest
    @MethodSource("table")
    void isExpectedByTheTest(Row row) {
        List<JavaMethod> methods = tests.get(row.testClass()).getMethods().stream()
                .filter(method -> method.getName().equals(row.method()))
                .toList();
        assertEquals(1, methods.size(), row.method());
        JavaMethod method = methods.get(0);
        assertTrue(method.isAnnotatedWith(Test.class) || method.isAnnotatedWith(ParameterizedTest.class), row.method());
        assertTrue(
                method.getFieldAccesses().stream()
                        .anyMatch(access -> access.getTarget().getOwner().isEquivalentTo(Unattributed.class)
                                && access.getTarget()
                                        .getName()
                                        .equals(row.reason().name())),
                () -> row.method() + " does not refer to " + row.reason());
    }
}
