// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.identity.UserIds;

/** Checks whether what rules name exists, and whether flows without NAT can meet them. */
final class RuleChecks {
    private static final String SUBJECT = "rules";
    /** Directories of unit files of the system and of users, as in systemd.unit(5). Those in home directories are unknown. */
    private static final List<String> DIRECTORIES = Stream.of(
                    "etc/systemd/",
                    "run/systemd/",
                    "usr/local/lib/systemd/",
                    "usr/lib/systemd/",
                    "lib/systemd/",
                    "run/systemd/transient",
                    "run/systemd/generator")
            .flatMap(path -> path.endsWith("/") ? Stream.of(path + "system", path + "user") : Stream.of(path))
            .toList();

    private final HostFiles files;
    private final Configuration configuration;

    RuleChecks(HostFiles files, Configuration configuration) {
        this.files = files;
        this.configuration = configuration;
    }

    /** Returns a finding for each mistake. Returns one that all is right if rules have none. */
    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        configuration.include().forEach(rule -> translated("Include=", rule).ifPresent(findings::add));
        configuration.exclude().forEach(rule -> translated("Exclude=", rule).ifPresent(findings::add));
        for (Expectation expectation : configuration.allow()) {
            expectation.allow().forEach(rule -> translated("Allow=", rule).ifPresent(findings::add));
            unit(expectation.unit().text()).ifPresent(findings::add);
        }
        users().ifPresent(findings::add);
        boolean any = Stream.of(configuration.include(), configuration.exclude(), configuration.allow())
                .anyMatch(rules -> !rules.isEmpty());
        return findings.isEmpty() && any
                ? List.of(Finding.ok(SUBJECT, "the users and units that they name exist"))
                : findings;
    }

    private static Optional<Finding> translated(String key, FlowRule rule) {
        return rule.translated()
                .map(subject -> Finding.warn(
                        SUBJECT,
                        "only a flow that NAT translates meets both conditions on " + subject + " of " + key + rule,
                        "write the values in one condition, separated by commas, if one of them is to suffice"));
    }

    private Optional<Finding> users() {
        Set<String> unknown = new TreeSet<>();
        Stream.concat(configuration.include().stream(), configuration.exclude().stream())
                .forEach(rule -> unknown.addAll(rule.users()));
        configuration.allow().forEach(expectation -> unknown.addAll(expectation.users()));
        unknown.removeAll(UserIds.of(unknown).keySet());
        return unknown.isEmpty()
                ? Optional.empty()
                : Optional.of(Finding.warn(
                        SUBJECT,
                        "they name unknown users: " + String.join(" ", unknown),
                        "create them, or write their numbers; then systemctl reload conntrack-logger"));
    }

    private Optional<Finding> unit(String name) {
        // Scopes have no files.
        if (name.endsWith(".scope")) {
            return Optional.empty();
        }
        Optional<Path> file = find(name).or(() -> find(name.replaceFirst("@.*(?=\\.)", "@")));
        if (file.isEmpty()) {
            return Optional.of(Finding.warn(
                    SUBJECT,
                    "[Expect " + name + "]: no unit file of this host has that name",
                    "correct the name, unless the unit is in a home directory or comes later"));
        }
        return alias(file.get())
                .map(other -> Finding.warn(
                        SUBJECT,
                        "[Expect " + name + "]: " + file.get().getFileName() + " is an alias of " + other
                                + ", by which flows are logged",
                        "name the section by the unit, not by an alias"));
    }

    private Optional<Path> find(String name) {
        return DIRECTORIES.stream()
                .map(directory -> directory + "/" + name)
                .filter(files::exists)
                .findFirst()
                .map(files.root()::resolve);
    }

    /** Returns the other name of the unit that a link leads to. Empty if it has no other. */
    private static Optional<String> alias(Path file) {
        try {
            String target = Files.readSymbolicLink(file).getFileName().toString();
            return Optional.of(target)
                    .filter(other -> other.endsWith(suffix(file)))
                    .filter(other -> !other.equals(file.getFileName().toString()));
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty(); // It is no link.
        }
    }

    private static String suffix(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.'));
    }
}
