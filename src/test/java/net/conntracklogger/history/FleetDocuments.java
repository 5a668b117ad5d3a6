// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.history.query.FlowRow;

/**
 * Puts the flows that {@code BigLog DIRECTORY 1 PER-SECOND 0} archives into an index, as rsyslogd ships those of a hundred
 * hosts, with the statistics of each host every ten minutes: {@code FleetDocuments URL-OF-INDEX PER-SECOND}. Prints an
 * outbound flow from the middle: its begin, destination, port and Community ID.
 */
final class FleetDocuments {
    private static final int BATCH = 2_000;
    private static final int HOSTS = 100;
    private static final String DAY = "2026-01-01";
    private static final long STATISTICS_INTERVAL = TimeUnit.MINUTES.toMicros(10);
    /** An entry is written at most so many microseconds after its flow began. */
    private static final long LONGEST_DELAY = 200_000;

    private final HttpClient client = HttpClient.newHttpClient();
    private final StringBuilder batch = new StringBuilder();
    /** Number of flows of each host that were logged before the next statistics, and after them. */
    private final long[] before = new long[HOSTS];

    private final long[] after = new long[HOSTS];
    private final URI bulk;
    private final long first;
    private long statistics;

    private FleetDocuments(URI index, long first) {
        this.first = first;
        bulk = URI.create(index + "/_bulk");
        statistics = first;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        double perSecond = Double.parseDouble(arguments[1]);
        long count = (long) ((TimeUnit.DAYS.toSeconds(1) - 1) * perSecond);
        long first = TimeUnit.DAYS.toMicros(LocalDate.parse(DAY).toEpochDay());
        FleetDocuments documents = new FleetDocuments(URI.create(arguments[0]), first);
        FlowRow middle = documents.put(new GeneratedFlows(count, first, perSecond), count);
        System.out.println(middle.get(JournalField.FLOW_TIMESTAMP) + " " + middle.get(JournalField.FLOW_DST) + " "
                + middle.get(JournalField.FLOW_DPORT) + " " + middle.get(JournalField.FLOW_COMMUNITY_ID));
    }

    private FlowRow put(GeneratedFlows flows, long count) throws IOException, InterruptedException {
        FlowRow middle = null;
        for (long made = 1; flows.hasNext(); made++) {
            FlowRow row = flows.next();
            putStatistics(row.time() - LONGEST_DELAY);
            putFlow(row, (int) (made % HOSTS));
            if (middle == null && made > count / 2 && "outbound".equals(row.get(JournalField.FLOW_DIRECTION))) {
                middle = row;
            }
            if (made % BATCH == 0) {
                send();
            }
        }
        putStatistics(first + TimeUnit.DAYS.toMicros(1));
        send();
        return middle;
    }

    private void putFlow(FlowRow row, int host) {
        (row.time() <= statistics ? before : after)[host]++;
        append(row, host, String.join("-", row.get(JournalField.FLOW_ID), row.get(JournalField.FLOW_TIMESTAMP), "new"));
    }

    /** Puts what each host has counted by each time at which statistics are due until a time. */
    private void putStatistics(long now) {
        for (; statistics <= now; statistics += STATISTICS_INTERVAL) {
            for (int host = 0; host < HOSTS; host++) {
                FlowRow row = new FlowRow(statistics, 0, 0);
                row.add(JournalField.MESSAGE_ID, MessageId.STATISTICS.text());
                row.add(JournalField.MESSAGE, before[host] + " flows");
                row.add(JournalField.STAT_SINCE, Long.toString(first));
                row.add(JournalField.STAT_FLOWS, Long.toString(before[host]));
                row.add(JournalField.STAT_EXCLUDED, "0");
                row.add(JournalField.STAT_AGGREGATED, "0");
                append(row, host, "statistics-" + statistics);
                before[host] += after[host];
                after[host] = 0;
            }
        }
    }

    /** Appends the two lines of an entry: the key that the shipper gives it, and the entry as the journal has it. */
    private void append(FlowRow row, int host, String key) {
        String machine = "%032x".formatted(host + 1);
        batch.append("{\"create\":{\"_id\":\"")
                .append(String.join("-", machine, GeneratedFlows.BOOT, "", key))
                .append("\"}}\n{\"@timestamp\":\"")
                .append(Instant.ofEpochSecond(0, TimeUnit.MICROSECONDS.toNanos(row.time())))
                .append('"');
        member("__REALTIME_TIMESTAMP", Long.toString(row.time()));
        member("_MACHINE_ID", machine);
        member("_BOOT_ID", GeneratedFlows.BOOT);
        member("_HOSTNAME", "host-" + host + ".example.org");
        member("_SYSTEMD_UNIT", "conntrack-logger.service");
        for (Map.Entry<JournalField, String> value : row.values().entrySet()) {
            member(value.getKey().name(), value.getValue());
        }
        batch.append("}\n");
    }

    /** Appends a member. No generated value has a character that JSON would escape. */
    private void member(String name, String value) {
        batch.append(",\"").append(name).append("\":\"").append(value).append('"');
    }

    private void send() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(bulk)
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofString(batch.toString()))
                .build();
        batch.setLength(0);
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200 || response.body().contains("\"errors\":true")) {
            throw new IOException("cannot put documents: " + response.statusCode() + " " + response.body());
        }
    }
}
