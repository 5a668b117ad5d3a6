// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import net.conntracklogger.config.FleetCluster;

/** A configuration of another program. */
public enum Template {
    /** The index template of OpenSearch and Elasticsearch. */
    OPENSEARCH,
    /** The index state management policy of OpenSearch, which deletes old days. */
    OPENSEARCH_RETENTION,
    /** The configuration of rsyslogd on each host. */
    RSYSLOG,
    /** The tables of ClickHouse. */
    CLICKHOUSE,
    /** The configuration of Vector on each host. */
    VECTOR,
    /** The configuration of Fluent Bit on each host. */
    FLUENT_BIT;

    /** Is in the first line of what the tests of this project do not run. */
    static final String NOT_RUN = "not run in the tests of this project";

    /** Returns the template with a name of the command line; empty if there is none. */
    public static Optional<Template> named(String name) {
        return Arrays.stream(values())
                .filter(template -> template.title().equals(name))
                .findFirst();
    }

    /** Returns the names of all templates. */
    public static String names() {
        return Arrays.stream(values()).map(Template::title).collect(Collectors.joining(", "));
    }

    /** Returns the name on the command line. */
    public String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Returns the text, which ends with a line feed.
     *
     * @param cluster the cluster that a shipper's configuration names; if it has no nodes, an example
     */
    public String text(FleetCluster cluster) {
        return switch (this) {
            case OPENSEARCH -> new IndexTemplate().text();
            case OPENSEARCH_RETENTION -> Retention.TEXT;
            case RSYSLOG -> new RsyslogConfiguration(cluster).text();
            case CLICKHOUSE -> new ClickHouseTables().text();
            case VECTOR -> new VectorConfiguration(cluster).text();
            case FLUENT_BIT -> new FluentBitConfiguration(cluster).text();
        };
    }
}
