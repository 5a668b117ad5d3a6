// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

/** Writes how long the cluster keeps a day. */
final class Retention {
    /** JSON for {@code PUT _plugins/_ism/policies/conntrack-logger} of OpenSearch with its index management plugin. */
    static final String TEXT = """
            {"policy": {"description": "conntrack-logger: deletes a day after 90 days; %s",
              "default_state": "kept",
              "states": [
                {"name": "kept", "actions": [], "transitions": [{"state_name": "deleted", "conditions": {"min_index_age": "90d"}}]},
                {"name": "deleted", "actions": [{"delete": {}}], "transitions": []}
              ],
              "ism_template": [{"index_patterns": ["%s*"], "priority": 200}]
            }}
            """.formatted(Template.NOT_RUN, IndexTemplate.PREFIX);

    private Retention() {}
}
