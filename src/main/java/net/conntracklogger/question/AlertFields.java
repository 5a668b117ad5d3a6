// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import java.util.Locale;
import java.util.Map;
import net.conntracklogger.flow.AddressInput;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;

/** Makes an alert of the fields of a line. */
final class AlertFields {
    private final TimeText times;

    AlertFields(TimeText times) {
        this.times = times;
    }

    /** Suricata: the alert's source sent the packet, and is not always the initiator. */
    Alert ofSuricata(Map<String, Object> values) {
        IpAddress source = address(values, "src_ip");
        IpAddress destination = address(values, "dest_ip");
        Protocol protocol = protocol(text(values, "proto"), source.v6());
        Layer4 layer4 = layer4(
                protocol,
                protocol.isIcmp() ? number(values, "icmp_type", 255) : number(values, "src_port", Criterion.LAST_PORT),
                protocol.isIcmp()
                        ? number(values, "icmp_code", 255)
                        : number(values, "dest_port", Criterion.LAST_PORT));
        long start = Alert.UNKNOWN_START;
        if (values.get("flow") instanceof Map<?, ?> flow && flow.get("start") instanceof String begin) {
            start = times.read(begin);
        }
        String label = text(values, "event_type");
        if (values.get("alert") instanceof Map<?, ?> alert && alert.get("signature") instanceof String signature) {
            label = signature;
        }
        FlowTuple tuple = new FlowTuple(source, destination, protocol, layer4);
        return new Alert(label, tuple, times.read(text(values, "timestamp")), start);
    }

    /**
     * Returns the alert in a record of Zeek. The time is that of the first packet, and the ports of ICMP are its type
     * and code.
     */
    Alert ofZeek(Map<String, Object> values) {
        IpAddress source = address(values, "id.orig_h");
        Protocol protocol = protocol(text(values, "proto"), source.v6());
        int largest = protocol.isIcmp() ? 255 : Criterion.LAST_PORT;
        Layer4 layer4 = layer4(protocol, number(values, "id.orig_p", largest), number(values, "id.resp_p", largest));
        FlowTuple tuple = new FlowTuple(source, address(values, "id.resp_h"), protocol, layer4);
        long time = times.read(text(values, "ts"));
        Object service = values.get("service");
        return new Alert(service == null ? "connection" : string(service), tuple, time, time);
    }

    private static Layer4 layer4(Protocol protocol, int first, int second) {
        if (protocol.isIcmp()) {
            return new Layer4.Icmp(first, second, /* id= */ 0);
        }
        return first == 0 && second == 0 ? Layer4.None.NONE : new Layer4.Ports(first, second);
    }

    private static Protocol protocol(String name, boolean v6) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("icmp") || lower.equals("ipv6-icmp")) {
            return v6 ? Protocol.ICMPV6 : Protocol.ICMP;
        }
        return Protocol.parse(lower).orElseThrow(() -> new IllegalArgumentException("unknown protocol '" + name + "'"));
    }

    private static IpAddress address(Map<String, Object> values, String name) {
        String text = text(values, name);
        return AddressInput.read(text)
                .orElseThrow(() -> new IllegalArgumentException(name + " '" + text + "' is no address"));
    }

    private static int number(Map<String, Object> values, String name, int largest) {
        Object value = values.get(name);
        String text = value == null ? "0" : string(value);
        if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > largest) {
            throw new IllegalArgumentException(name + " '" + text + "' is no number from 0 to " + largest);
        }
        return Integer.parseInt(text);
    }

    private static String text(Map<String, Object> values, String name) {
        Object value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return string(value);
    }

    private static String string(Object value) {
        return value instanceof JsonReader.JsonNumber number ? number.text() : value.toString();
    }
}
