// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import net.conntracklogger.question.JsonReader.JsonNumber;

/** Values of an answer by the names that lead to them. An answer that lacks one is malformed. */
final class JsonPath {
    private JsonPath() {}

    /** Returns the value at the end of a path. Null if it or a part of the path is absent. */
    static Object at(Object value, String... path) {
        Object at = value;
        for (String name : path) {
            at = at instanceof Map<?, ?> object ? object.get(name) : null;
        }
        return at;
    }

    /** Returns the list at the end of a path. */
    static List<?> list(Object value, String... path) throws IOException {
        if (at(value, path) instanceof List<?> list) {
            return list;
        }
        throw malformed(path);
    }

    /** Returns the text at the end of a path. */
    static String text(Object value, String... path) throws IOException {
        if (at(value, path) instanceof String text) {
            return text;
        }
        throw malformed(path);
    }

    /** Returns the whole number at the end of a path. An aggregation writes it with an exponent. */
    static long number(Object value, String... path) throws IOException {
        if (at(value, path) instanceof JsonNumber number) {
            return new BigDecimal(number.text()).longValue();
        }
        throw malformed(path);
    }

    private static IOException malformed(String... path) {
        return new IOException("cannot read the answer of the cluster: " + String.join(".", path) + " is missing");
    }
}
