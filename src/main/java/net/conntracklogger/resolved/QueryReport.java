// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.resolved;

import java.util.List;
import net.conntracklogger.flow.IpAddress;

/** A message of systemd-resolved's monitor ({@code varlink-io.systemd.Resolve.Monitor.c}, SubscribeQueryResults). */
public sealed interface QueryReport {

    /** From now on all answers are told of. */
    record Ready() implements QueryReport {}

    /** They are not told of. */
    record Refused(String error) implements QueryReport {}

    /** A query that led to no address. */
    record Addressless() implements QueryReport {}

    /**
     * A query that led to addresses.
     *
     * @param name what was asked for at first, in lower case: aliases were followed
     */
    record Addresses(String name, List<Found> found) implements QueryReport {}

    /**
     * One of the addresses.
     *
     * @param ttl for how many seconds the answer may be kept, 0 to 2,147,483,647
     */
    record Found(IpAddress address, long ttl) {}

    /**
     * Reads a message.
     *
     * @throws MalformedReportException where it is not as systemd 252 to 257 send it
     */
    static QueryReport parse(String message) throws MalformedReportException {
        return new QueryReportParser(message).parse();
    }
}
