// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import java.util.stream.Collectors;
import net.conntracklogger.config.FleetCluster;

/** Writes the configuration of Vector, which ships the entries of the service. */
final class VectorConfiguration {
    private static final String TEXT = """
            # vector: %s. Entries of the service manager and of journald about the
            # service are not shipped, so that "who --fleet" learns only from the service itself when it did not run.
            data_dir: /var/lib/vector
            sources:
              journal:
                type: journald
                include_units: [conntrack-logger.service]
            transforms:
              keyed:
                type: remap
                inputs: [journal]
                source: |
                  .MESSAGE = del(.message)
                  del(.source_type)
                  .key = if (.FLOW_EVENT == "new" || .FLOW_EVENT == "end") && exists(.FLOW_TIMESTAMP) {
                    join!([%s], "-")
                  } else {
                    join!([%s], "-")
                  }
            sinks:
              cluster:
                type: elasticsearch
                inputs: [keyed]
                endpoints: [%s]
                id_key: key
                bulk: {action: create, index: "%s%%Y-%%m-%%d"}
                encoding: {timestamp_format: rfc3339}
                buffer: {type: disk, max_size: 2147483648, when_full: block}
                acknowledgements: {enabled: true}
            %s""";

    private final ClusterNodes nodes;

    VectorConfiguration(FleetCluster cluster) {
        nodes = ClusterNodes.of(cluster);
    }

    String text() {
        return TEXT.formatted(
                Template.NOT_RUN,
                key(EntryKey.OF_FLOW),
                key(EntryKey.OF_MOMENT),
                nodes.quoted(),
                IndexTemplate.PREFIX,
                access());
    }

    private static String key(EntryKey key) {
        return key.names().stream()
                .map(name -> "to_string(." + name + ") ?? \"\"")
                .collect(Collectors.joining(", "));
    }

    private String access() {
        String access = nodes.encrypted() ? "    tls: {ca_file: \"" + nodes.authority() + "\"}\n" : "";
        return nodes.named()
                ? access
                        + "    auth: {strategy: basic, user: conntrack-logger, password: \"${CONNTRACK_LOGGER_PASSWORD}\"}\n"
                : access;
    }
}
