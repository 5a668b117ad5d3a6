// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import java.io.IOException;
import java.util.regex.Pattern;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.PrintableText;

/**
 * Passes on flows of some protocols, and every entry that is not a flow. The name of such a protocol, such as
 * {@code ipv4/tcp}, contains a match.
 */
public final class ProtocolFilter implements EntryWriter {
    private final Pattern pattern;
    private final EntryWriter next;
    private String family;
    private String protocol;

    public ProtocolFilter(Pattern pattern, EntryWriter next) {
        this.pattern = pattern;
        this.next = next;
    }

    @Override
    public void begin() {
        family = null;
        protocol = null;
        next.begin();
    }

    @Override
    public void put(JournalField field, long value) {
        next.put(field, value);
    }

    @Override
    public void put(JournalField field, CharSequence value) {
        if (field == JournalField.FLOW_FAMILY) {
            family = value.toString();
        } else if (field == JournalField.FLOW_PROTO) {
            protocol = value.toString();
        }
        next.put(field, value);
    }

    @Override
    public void put(JournalField field, PrintableText value) {
        next.put(field, value);
    }

    @Override
    public void commit() throws IOException {
        if (family == null || pattern.matcher(family + "/" + protocol).find()) {
            next.commit();
        }
    }

    @Override
    public void close() {
        next.close();
    }
}
