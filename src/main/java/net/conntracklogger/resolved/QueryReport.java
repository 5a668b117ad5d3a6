// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.resolved;

import java.util.List;
import net.conntracklogger.flow.IpAddress;

/** A message of systemd-resolved's monitor ({@code varlink-io.systemd.Resolve.Monitor.c}, SubscribeQueryResults). */
public sealed interface QueryReport {

    /** The subscription is granted: systemd-resolved reports every answer from now on. */
    record Ready() implements QueryReport {}

    /** The subscription is refused. */
    record Refused(String error) implements QueryReport {}

    /** A query whose answer has no address. */
    record Addressless() implements QueryReport {}

    /**
     * A query whose answer has addresses.
     *
     * @param name the name in the first question, before aliases were followed; in lower case
     */
    record Addresses(String name, List<Found> found) implements QueryReport {}

    /**
     * An address of an answer.
     *
     * @param ttl seconds for which a client may keep the answer, 0 to 2,147,483,647
     */
    record Found(IpAddress address, long ttl) {}

    /**
     * Parses a message.
     *
     * @throws MalformedReportException if the message is not as systemd 252 to 257 send it
     */
    static QueryReport parse(String message) throws MalformedReportException {
        return new QueryReportParser(message).parse();
    }
}
