// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads lines of Suricata's eve.json and of Zeek's conn.log. conn.log is JSON or separated by tabs. Recognises the form
 * of each line by itself. Not thread-safe.
 */
public final class AlertReader {
    private static final String FIELDS = "#fields";
    private static final String SEPARATOR = "#separator ";
    private static final String UNSET = "#unset_field";

    private final AlertFields fields;
    private String separator = "\t";
    private String unset = "-";
    private List<String> columns = List.of();

    public AlertReader(TimeText times) {
        fields = new AlertFields(times);
    }

    /**
     * Reads a line.
     *
     * @return nothing if the line is empty, a comment, or about no flow
     * @throws IllegalArgumentException if the line is none of a sensor
     */
    public Optional<Alert> read(String line) {
        if (line.isBlank()) {
            return Optional.empty();
        }
        if (line.startsWith("#")) {
            readDirective(line);
            return Optional.empty();
        }
        Map<String, Object> values = line.stripLeading().startsWith("{") ? json(line) : columns(line);
        if (values.containsKey("id.orig_h")) {
            return Optional.of(fields.ofZeek(values));
        }
        if (values.containsKey("src_ip")) {
            return Optional.of(fields.ofSuricata(values));
        }
        if (values.containsKey("event_type")) {
            return Optional.empty(); // such as stats
        }
        throw new IllegalArgumentException("neither src_ip (eve.json) nor id.orig_h (conn.log) is in it");
    }

    private void readDirective(String line) {
        if (line.startsWith(SEPARATOR)) {
            String value = line.substring(SEPARATOR.length()).strip();
            separator = value.matches("\\\\x[0-9a-fA-F]{2}")
                    ? Character.toString((char) Integer.parseInt(value.substring(2), 16))
                    : value;
        } else if (line.startsWith(FIELDS + separator)) {
            columns = List.of(split(line.substring((FIELDS + separator).length())));
        } else if (line.startsWith(UNSET + separator)) {
            unset = line.substring((UNSET + separator).length());
        }
    }

    private Map<String, Object> columns(String line) {
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("it is no JSON, and no line above it begins with #fields");
        }
        String[] values = split(line);
        if (values.length != columns.size()) {
            throw new IllegalArgumentException(
                    "it has " + values.length + " columns, and #fields names " + columns.size());
        }
        Map<String, Object> named = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            if (!values[i].equals(unset)) {
                named.put(columns.get(i), values[i]);
            }
        }
        return named;
    }

    private String[] split(String line) {
        return line.split(Pattern.quote(separator), -1);
    }

    private static Map<String, Object> json(String line) {
        Map<String, Object> members = new LinkedHashMap<>();
        if (JsonReader.read(line) instanceof Map<?, ?> object) {
            object.forEach((name, value) -> members.put((String) name, value));
        }
        return members;
    }
}
