// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import java.net.URI;
import java.util.stream.Collectors;
import net.conntracklogger.config.FleetCluster;

/** Writes the configuration of Fluent Bit, which ships entries to one node. */
final class FluentBitConfiguration {
    private static final String TEXT = """
            # fluent-bit: %s. It names one node only; a proxy before the nodes
            # answers if one fails. Field names keep their case only without Strip_Underscores and Lowercase.
            service:
              flush: 1
              storage.path: /var/lib/fluent-bit/conntrack-logger
              storage.sync: full
            pipeline:
              inputs:
                - name: systemd
                  tag: conntrack
                  db: /var/lib/fluent-bit/conntrack-logger.db
                  db.sync: full
                  storage.type: filesystem
                  read_from_tail: off
                  systemd_filter: _SYSTEMD_UNIT=conntrack-logger.service
                  processors:
                    logs:
                      - name: lua
                        call: keyed
                        code: |
                          function keyed(tag, time, entry)
                            local flow = (entry.FLOW_EVENT == "new" or entry.FLOW_EVENT == "end") and entry.FLOW_TIMESTAMP
                            entry.%s = string.format("%%d", time.sec * 1000000 + math.floor(time.nsec / 1000))
                            local names = flow and {%s} or {%s}
                            local parts = {}
                            for i, name in ipairs(names) do parts[i] = entry[name] or "" end
                            entry.key = table.concat(parts, "-")
                            return 2, time, entry
                          end
                        time_as_table: on
              outputs:
                - name: opensearch
                  match: conntrack
                  host: %s
                  port: %d
                  suppress_type_name: on
                  logstash_format: on
                  logstash_prefix: %s
                  logstash_prefix_separator: "-"
                  logstash_dateformat: "%%Y-%%m-%%d"
                  time_key: "@timestamp"
                  id_key: key
                  write_operation: create
                  retry_limit: no_limits
            %s""";

    private final ClusterNodes nodes;

    FluentBitConfiguration(FleetCluster cluster) {
        nodes = ClusterNodes.of(cluster);
    }

    String text() {
        URI node = nodes.urls().get(0);
        return TEXT.formatted(
                Template.NOT_RUN,
                FleetField.TIME,
                names(EntryKey.OF_FLOW),
                names(EntryKey.OF_MOMENT),
                node.getHost(),
                node.getPort(),
                IndexTemplate.PREFIX.replaceFirst("-$", ""),
                access());
    }

    private static String names(EntryKey key) {
        return key.names().stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(", "));
    }

    private String access() {
        String access = nodes.encrypted() ? "      tls: on\n      tls.ca_file: " + nodes.authority() + "\n" : "";
        return nodes.named()
                ? access + "      http_user: conntrack-logger\n      http_passwd: ${CONNTRACK_LOGGER_PASSWORD}\n"
                : access;
    }
}
