// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.flow.UnitName;

/** The sections {@code [Watch NAME]} and {@code [Expect UNIT]}, in the order in which they first appear. */
final class NamedSections {
    private static final Pattern SECTION = Pattern.compile("(Watch|Expect)\\s+(\\S+)");
    /** The name is a value of the journal and a part of MESSAGE. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    private static final Pattern UNIT =
            Pattern.compile("[A-Za-z0-9:_.\\\\-][A-Za-z0-9:_.\\\\@-]{0,244}\\.(service|scope|socket|mount|swap)");

    private final Map<String, List<Path>> files = new LinkedHashMap<>();
    private final Map<String, List<FlowRule>> rules = new LinkedHashMap<>();

    /** Applies a setting. Returns false if its section is none of these. */
    boolean apply(Setting setting) throws ConfigurationException {
        Matcher section = SECTION.matcher(setting.section());
        if (!section.matches()) {
            return false;
        }
        if (section.group(1).equals("Watch")) {
            addFiles(section.group(2), setting);
        } else {
            addRule(section.group(2), setting);
        }
        return true;
    }

    private void addFiles(String name, Setting setting) throws ConfigurationException {
        if (!NAME.matcher(name).matches()) {
            throw wrong(setting, "name the list by at most 64 letters, digits and characters of _.-");
        }
        if (!setting.key().equals("List")) {
            throw setting.wrong("unknown key; use List");
        }
        List<Path> list = files.computeIfAbsent(name, key -> new ArrayList<>());
        if (setting.value().isEmpty()) {
            list.clear();
            return;
        }
        for (String word : setting.value().split("\\s+")) {
            if (!word.startsWith("/") || word.endsWith("/")) {
                throw setting.wrong("use absolute paths of files, separated by spaces");
            }
            list.add(Path.of(word));
        }
    }

    private void addRule(String unit, Setting setting) throws ConfigurationException {
        if (!UNIT.matcher(unit).matches()) {
            throw wrong(
                    setting, "name a unit with its suffix, such as nginx.service, or a template, such as web@.service");
        }
        if (!setting.key().equals("Allow")) {
            throw setting.wrong("unknown key; use Allow");
        }
        ConfigurationReader.addRule(rules.computeIfAbsent(unit, key -> new ArrayList<>()), setting);
    }

    private static ConfigurationException wrong(Setting setting, String reason) {
        return new ConfigurationException("%s: [%s]: %s".formatted(setting.place(), setting.section(), reason));
    }

    /** Returns the watch lists that have files. */
    List<WatchedFiles> lists() {
        return files.entrySet().stream()
                .filter(list -> !list.getValue().isEmpty())
                .map(list -> new WatchedFiles(list.getKey(), List.copyOf(list.getValue())))
                .toList();
    }

    /** Returns the expectations that have rules. */
    List<Expectation> expectations() {
        return rules.entrySet().stream()
                .filter(unit -> !unit.getValue().isEmpty())
                .map(unit -> new Expectation(new UnitName(unit.getKey()), unit.getValue()))
                .toList();
    }
}
