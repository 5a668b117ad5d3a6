// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.resolved;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.conntracklogger.flow.IpAddress;

/** Parses one message of systemd-resolved's monitor. */
final class QueryReportParser {
    /** Classes and types of RFC 1035, 3.2.2 to 3.2.4, and RFC 3596. */
    private static final int CLASS_IN = 1;

    private static final int TYPE_A = 1;
    private static final int TYPE_CNAME = 5;
    private static final int TYPE_AAAA = 28;
    private static final int TYPE_ANY = 255;

    private final String text;

    QueryReportParser(String text) {
        this.text = text;
    }

    QueryReport parse() throws MalformedReportException {
        JsonObject message;
        try {
            message = JsonParser.object().from(text);
        } catch (JsonParserException e) {
            throw new MalformedReportException("not JSON: " + e.getMessage(), e);
        }
        String error = message.getString("error");
        if (error != null) {
            return new QueryReport.Refused(error);
        }
        JsonObject parameters = present(message.getObject("parameters"), "parameters");
        if (parameters.getBoolean("ready")) {
            return new QueryReport.Ready();
        }
        String state = present(parameters.getString("state"), "state");
        return state.equals("success") ? answered(parameters) : new QueryReport.Addressless();
    }

    private static QueryReport answered(JsonObject parameters) throws MalformedReportException {
        JsonArray question = present(parameters.getArray("question"), "question");
        JsonArray answer = parameters.getArray("answer");
        if (answer == null || !asksForAddress(question)) {
            return new QueryReport.Addressless();
        }
        // If the question has several forms of a name, the first form was sent.
        String current = name(element(question, 0, "question"));
        List<QueryReport.Found> found = addresses(answer, aliases(current, answer), current);
        if (found.isEmpty()) {
            return new QueryReport.Addressless();
        }
        // If aliases were followed by queries of their own, these are the questions before, in order.
        JsonArray before = parameters.getArray("collectedQuestions");
        String asked = before == null ? current : name(element(before, 0, "collectedQuestions"));
        return new QueryReport.Addresses(asked, found);
    }

    private static boolean asksForAddress(JsonArray question) {
        for (int i = 0; i < question.size(); i++) {
            JsonObject key = question.getObject(i);
            int type = key == null ? 0 : key.getInt("type");
            if (type == TYPE_A || type == TYPE_AAAA || type == TYPE_ANY) {
                return true;
            }
        }
        return false;
    }

    /** Returns the name and every name that it is an alias of, in any order of the records. */
    private static Set<String> aliases(String name, JsonArray answer) throws MalformedReportException {
        Set<String> names = new HashSet<>();
        names.add(name);
        for (boolean grown = true; grown; ) {
            grown = false;
            for (int i = 0; i < answer.size(); i++) {
                JsonObject record = element(answer, i, "answer").getObject("rr");
                if (record != null && type(record) == TYPE_CNAME && isOf(record, names, name)) {
                    grown |= names.add(name(record));
                }
            }
        }
        return names;
    }

    private static List<QueryReport.Found> addresses(JsonArray answer, Set<String> names, String asked)
            throws MalformedReportException {
        List<QueryReport.Found> found = new ArrayList<>();
        for (int i = 0; i < answer.size(); i++) {
            JsonObject item = element(answer, i, "answer");
            JsonObject record = item.getObject("rr");
            int type = record == null ? 0 : type(record);
            if ((type == TYPE_A || type == TYPE_AAAA) && isOf(record, names, asked)) {
                IpAddress address = address(present(record.getArray("address"), "address"), type == TYPE_AAAA);
                found.add(new QueryReport.Found(address, ttl(present(item.getString("raw"), "raw"))));
            }
        }
        return found;
    }

    /** Reports whether the record has one of these names. systemd-resolved adds search domains to single-label names only. */
    private static boolean isOf(JsonObject record, Set<String> names, String asked) throws MalformedReportException {
        String owner = name(key(record));
        return names.contains(owner) || asked.indexOf('.') < 0 && owner.startsWith(asked + ".");
    }

    private static JsonObject key(JsonObject record) throws MalformedReportException {
        return present(record.getObject("key"), "key");
    }

    /** Returns the type of a record of class IN; 0 for other classes. */
    private static int type(JsonObject record) throws MalformedReportException {
        JsonObject key = key(record);
        return key.getInt("class") == CLASS_IN ? key.getInt("type") : 0;
    }

    private static String name(JsonObject object) throws MalformedReportException {
        return present(object.getString("name"), "name").toLowerCase(Locale.ROOT);
    }

    private static IpAddress address(JsonArray bytes, boolean v6) throws MalformedReportException {
        ByteBuffer address = ByteBuffer.allocate(v6 ? 16 : 4);
        if (bytes.size() != address.capacity()) {
            throw new MalformedReportException("an address of " + bytes.size() + " bytes");
        }
        for (int i = 0; i < bytes.size(); i++) {
            int value = bytes.getInt(i, -1);
            if (value < 0 || value > 0xff) {
                throw new MalformedReportException("an address with a byte that is not 0 to 255");
            }
            address.put((byte) value);
        }
        return IpAddress.read(address, 0, v6);
    }

    /** Reads the TTL of a record in wire format (RFC 1035, 3.2.1): uncompressed name, u16 type, u16 class, u32 TTL, ... */
    private static long ttl(String raw) throws MalformedReportException {
        try {
            ByteBuffer record = ByteBuffer.wrap(Base64.getDecoder().decode(raw));
            int at = 0;
            while (record.get(at) != 0) {
                at += 1 + (record.get(at) & 0xff);
            }
            // A TTL of more than 31 bits counts as 0 (RFC 2181, 8).
            return Math.max(0, record.getInt(at + 1 + Short.BYTES + Short.BYTES));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new MalformedReportException("a record that ends early", e);
        }
    }

    private static JsonObject element(JsonArray array, int index, String name) throws MalformedReportException {
        return present(array.getObject(index), name);
    }

    private static <T> T present(T value, String name) throws MalformedReportException {
        if (value == null) {
            throw new MalformedReportException("no \"" + name + "\"");
        }
        return value;
    }
}
