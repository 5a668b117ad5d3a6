// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.filter.FlowFilter;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.identity.UserIds;

/** Makes filters of the rules of configurations, and reports users that do not exist. Called by thread main only. */
final class ConfiguredRules {
    private final Consumer<Notice> notices;

    ConfiguredRules(Consumer<Notice> notices) {
        this.notices = notices;
    }

    FlowFilter filter(Configuration configuration) {
        Set<String> users = new TreeSet<>();
        Stream.concat(configuration.include().stream(), configuration.exclude().stream())
                .forEach(rule -> users.addAll(rule.users()));
        configuration.allow().forEach(expectation -> users.addAll(expectation.users()));
        Map<String, Long> ids = UserIds.of(users);
        users.removeAll(ids.keySet());
        if (!users.isEmpty()) {
            notices.accept(new Notice(
                    Notice.Kind.RULE_USERS_UNKNOWN,
                    "rules name unknown users: %s; their flows are logged; create them or write their numbers, and run"
                                    .formatted(String.join(" ", users))
                            + " \"systemctl reload conntrack-logger\""));
        }
        return new FlowFilter(configuration.include(), configuration.exclude(), ids);
    }
}
