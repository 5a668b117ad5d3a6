// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGenerator;

/** Displays names in camel case as words: {@code PortOwnerIT} as "Port owner", {@code findsATcpSocket} as "finds a tcp socket". */
public final class NamesAsWords extends DisplayNameGenerator.Standard {
    @Override
    public String generateDisplayNameForClass(Class<?> testClass) {
        String words = words(testClass.getSimpleName().replaceFirst("(Test|IT)$", ""));
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    @Override
    public String generateDisplayNameForNestedClass(List<Class<?>> enclosingTypes, Class<?> nestedClass) {
        return words(nestedClass.getSimpleName());
    }

    @Override
    public String generateDisplayNameForMethod(List<Class<?>> enclosingTypes, Class<?> testClass, Method testMethod) {
        return words(testMethod.getName());
    }

    /** Returns the words of a name in lower case, except for those in capitals. */
    private static String words(String name) {
        return Stream.of(name.split("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"))
                .map(word -> word.matches("[A-Z0-9]{2,}") ? word : word.toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(" "));
    }
}
