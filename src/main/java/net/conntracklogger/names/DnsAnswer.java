// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.names;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.conntracklogger.flow.IpAddress;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/**
 * The addresses of a name, as a DNS server answered.
 *
 * @param name the name in the question, before aliases were followed; in lower case, without the final dot
 * @param found the addresses of the name and of the names that it is an alias of; may be empty
 */
public record DnsAnswer(String name, List<Found> found) {

    /**
     * An address of an answer.
     *
     * @param ttl seconds for which a client may keep the answer, 0 to 2,147,483,647
     */
    public record Found(IpAddress address, long ttl) {}

    /**
     * Parses a message (RFC 1035, 4.1).
     *
     * @throws MalformedAnswerException if the message has no question, or ends early, or is not well-formed
     */
    public static DnsAnswer parse(ByteBuffer message) throws MalformedAnswerException {
        try {
            Message parsed = new Message(message);
            Name asked = parsed.getQuestion().getName();
            List<Record> records = parsed.getSection(Section.ANSWER);
            return new DnsAnswer(
                    asked.toString(/* omitFinalDot= */ true).toLowerCase(Locale.ROOT),
                    addresses(records, aliases(asked, records)));
        } catch (IOException | RuntimeException e) {
            // A record of an unusual type can make dnsjava throw any RuntimeException.
            throw new MalformedAnswerException(e.toString(), e);
        }
    }

    /** Returns the name and every name that it is an alias of. The records may be in any order. */
    private static Set<Name> aliases(Name asked, List<Record> records) {
        Set<Name> names = new HashSet<>();
        names.add(asked);
        for (boolean grown = true; grown; ) {
            grown = false;
            for (Record record : records) {
                if (record instanceof CNAMERecord alias && isOf(alias, names)) {
                    grown |= names.add(alias.getTarget());
                }
            }
        }
        return names;
    }

    private static List<Found> addresses(List<Record> records, Set<Name> names) {
        List<Found> found = new ArrayList<>();
        for (Record record : records) {
            if (!isOf(record, names)) {
                continue;
            }
            if (record instanceof ARecord v4) {
                found.add(found(v4.getAddress().getAddress(), record));
            } else if (record instanceof AAAARecord v6) {
                found.add(found(v6.getAddress().getAddress(), record));
            }
        }
        return found;
    }

    private static boolean isOf(Record record, Set<Name> names) {
        return record.getDClass() == DClass.IN && names.contains(record.getName());
    }

    /** A TTL of more than 31 bits counts as 0 (RFC 2181, 8). */
    private static Found found(byte[] address, Record record) {
        boolean v6 = address.length == IpAddress.MAX_LENGTH;
        return new Found(IpAddress.read(ByteBuffer.wrap(address), 0, v6), Math.max(0, (int) record.getTTL()));
    }
}
