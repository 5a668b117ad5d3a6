// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import static net.conntracklogger.entry.JournalField.*;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Writes the tables of ClickHouse. There is one that takes entries as text and keeps none, one with types, and a view
 * that fills the second from the first. A number that is absent is 0, an address {@code ::}, a text empty.
 */
final class ClickHouseTables {
    private static final String TEXT = """
            -- clickhouse: %s. Shippers insert JSON into landing (JSONEachRow,
            -- input_format_skip_unknown_fields=1); people ask flows, with FINAL for each entry once.
            CREATE DATABASE IF NOT EXISTS conntrack;

            CREATE TABLE conntrack.landing (
            %s
            ) ENGINE = Null;

            CREATE TABLE conntrack.flows (
            %s,
                INDEX src `FLOW_SRC` TYPE bloom_filter(0.01) GRANULARITY 1,
                INDEX reply_src `FLOW_REPLY_SRC` TYPE bloom_filter(0.01) GRANULARITY 1,
                INDEX reply_dst `FLOW_REPLY_DST` TYPE bloom_filter(0.01) GRANULARITY 1,
                INDEX id `FLOW_COMMUNITY_ID` TYPE bloom_filter(0.001) GRANULARITY 1,
                INDEX reply_id `FLOW_REPLY_COMMUNITY_ID` TYPE bloom_filter(0.001) GRANULARITY 1
            ) ENGINE = ReplacingMergeTree
            PARTITION BY toDate(`%s`)
            PRIMARY KEY (toStartOfFifteenMinutes(`%s`), `FLOW_DST`, `FLOW_DPORT`)
            ORDER BY (toStartOfFifteenMinutes(`%s`), `FLOW_DST`, `FLOW_DPORT`, %s)
            TTL toDateTime(`%s`) + INTERVAL 90 DAY;

            CREATE MATERIALIZED VIEW conntrack.landing_to_flows TO conntrack.flows AS SELECT
            %s
            FROM conntrack.landing;
            """;

    String text() {
        String time = FleetField.TIME;
        return TEXT.formatted(
                Template.NOT_RUN,
                lines(FleetField.ALL, field -> "    `" + field.name() + "` String"),
                lines(FleetField.ALL, field -> "    `" + field.name() + "` " + type(field)),
                time,
                time,
                time,
                EntryKey.OF_FLOW.names().stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "))
                        + ", `"
                        + time
                        + "`, `"
                        + MESSAGE_ID
                        + "`",
                time,
                lines(FleetField.ALL, field -> "    " + conversion(field) + " AS `" + field.name() + "`"));
    }

    private static String lines(List<FleetField> fields, Function<FleetField, String> line) {
        return fields.stream().map(line).collect(Collectors.joining(",\n"));
    }

    private static String type(FleetField field) {
        return switch (field.type()) {
            case ADDRESS -> "IPv6";
            case TIME -> "DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1))";
            case NUMBER -> "UInt64 CODEC(T64, ZSTD(1))";
            case WORD -> "LowCardinality(String)";
            case ID -> "String";
            case TEXT, SHOWN -> "String CODEC(ZSTD(3))";
        };
    }

    private static String conversion(FleetField field) {
        String text = "landing.`" + field.name() + "`";
        return switch (field.type()) {
            case ADDRESS -> "toIPv6OrDefault(" + text + ")";
            case TIME -> "fromUnixTimestamp64Micro(toInt64OrZero(" + text + "), 'UTC')";
            case NUMBER -> "toUInt64OrZero(" + text + ")";
            case WORD, ID, TEXT, SHOWN -> text;
        };
    }
}
