// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conntracklogger.entry.FieldType;

/** Writes the index template. It makes one index a day, with the names of the journal, and aliases of ECS. */
public final class IndexTemplate {
    /** Begins the name of each index; the day in UTC follows, as {@code 2026-11-28}. */
    public static final String PREFIX = "conntrack-logger-";

    /** The time of an entry for programs that expect this name, ISO 8601. */
    static final String TIMESTAMP = "@timestamp";

    /**
     * Returns JSON for {@code PUT _index_template/conntrack-logger}. Values that do not fit their type are stored but not
     * indexed, because a refused document would be lost.
     */
    public String text() {
        return """
                {
                  "index_patterns": ["%s*"],
                  "priority": 200,
                  "template": {
                    "settings": {
                      "index.number_of_shards": 3,
                      "index.number_of_replicas": 1,
                      "index.codec": "best_compression",
                      "index.refresh_interval": "5s"
                    },
                    "mappings": {
                      "dynamic": false,
                      "properties": {
                %s
                      }
                    }
                  }
                }
                """.formatted(PREFIX, properties());
    }

    private static String properties() {
        Stream<String> fields = Stream.concat(
                Stream.of(property(TIMESTAMP, "\"type\": \"date_nanos\"")),
                FleetField.ALL.stream().map(field -> property(field.name(), mapping(field.type()))));
        Stream<String> aliases = EcsAlias.ALL.stream()
                .map(alias -> property(alias.name(), "\"type\": \"alias\", \"path\": \"" + alias.field() + "\""));
        return Stream.concat(fields, aliases).collect(Collectors.joining(",\n"));
    }

    private static String property(String name, String mapping) {
        return "        \"" + name + "\": {" + mapping + "}";
    }

    private static String mapping(FieldType type) {
        return switch (type) {
            case ADDRESS -> "\"type\": \"ip\", \"ignore_malformed\": true";
            case TIME, NUMBER -> "\"type\": \"long\", \"ignore_malformed\": true";
            case WORD -> "\"type\": \"keyword\"";
            case ID -> "\"type\": \"keyword\", \"doc_values\": false";
            case TEXT -> "\"type\": \"text\", \"norms\": false, \"index_options\": \"docs\"";
            case SHOWN -> "\"type\": \"keyword\", \"index\": false, \"doc_values\": false";
        };
    }
}
