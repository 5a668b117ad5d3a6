// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.conntracklogger.testbed.Child;

/** Entries that the service writes with {@code --output=json}, as field names and values. */
final class LoggedEntries {
    private LoggedEntries() {}

    /** Waits for the next entry of a flow with this FLOW_EVENT, and skips the others. */
    static Map<String, String> next(Child service, String event) throws InterruptedException {
        String field = "\"FLOW_EVENT\":\"" + event + "\"";
        return ServiceFixture.fields(service.output().next(line -> line.contains(field)));
    }

    /** Waits for the end of the service, and returns its entries of flows. */
    static List<Map<String, String>> allFlows(Child service) throws InterruptedException {
        List<Map<String, String>> flows = new ArrayList<>();
        for (String line : service.output().all()) {
            Map<String, String> fields = ServiceFixture.fields(line);
            if (fields.containsKey("FLOW_EVENT")) {
                flows.add(fields);
            }
        }
        return flows;
    }
}
