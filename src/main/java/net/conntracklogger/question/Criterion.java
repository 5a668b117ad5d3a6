// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.flow.AddressInput;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.CommunityId;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.history.query.Endpoint;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.Listing;
import net.conntracklogger.watch.WatchList;
import net.conntracklogger.watch.WatchLists;

/** A condition on a flow. Addresses and ports count before and after translation, on either side. */
public sealed interface Criterion {

    /** One side of the flow has this address. */
    record Address(IpAddress address) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withEndpoint(Endpoint.of(address, Endpoint.ANY_PORT));
        }

        @Override
        public String text() {
            return address.toString();
        }
    }

    /** One side of the flow has this address with this port. */
    record Socket(IpAddress address, int port) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withEndpoint(Endpoint.of(address, port));
        }

        @Override
        public String text() {
            return (address.v6() ? "[" + address + "]" : address.toString()) + ":" + port;
        }
    }

    /** One side of the flow has an address of this network. */
    record Network(IpAddress address, int bits) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withEndpoint(new Endpoint(address, bits, Endpoint.ANY_PORT));
        }

        @Override
        public String text() {
            return address + "/" + bits;
        }
    }

    /** One side of the flow has this port. */
    record Port(int port) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withEndpoint(Endpoint.ofPort(port));
        }

        @Override
        public String text() {
            return "port " + port;
        }
    }

    /** Both sides of the flow are those of this tuple, in either direction. */
    record Sides(FlowTuple tuple) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withCommunityId(new CommunityId().of(tuple));
        }

        @Override
        public String text() {
            return tuple.toString();
        }
    }

    /** The destination address was obtained from this name. Lower case, without a dot at the end. */
    record Name(String text) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withName(text);
        }
    }

    /** The original or the reply tuple has this Community ID. */
    record Community(String text) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withCommunityId(text);
        }
    }

    /** A process of this unit is the owner or the peer. A template stands for all its instances. */
    record Service(UnitName unit) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withService(unit);
        }

        @Override
        public String text() {
            return unit.text();
        }
    }

    /** A process with this id is the owner or the peer. */
    record ProcessId(int pid) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withPid(pid);
        }

        @Override
        public String text() {
            return "pid " + pid;
        }
    }

    /** The owner runs as this user. */
    record UserName(String name) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withUser(name);
        }

        @Override
        public String text() {
            return "user " + name;
        }
    }

    /** The owner runs as the user with this id. */
    record UserId(long uid) implements Criterion {
        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withUser(Long.toString(uid));
        }

        @Override
        public String text() {
            return "uid " + uid;
        }
    }

    /**
     * An address or the destination name is in the watch list of this file. An address counts before and after
     * translation.
     */
    record Listed(Path file, WatchList list) implements Criterion, Listing {
        /**
         * Reads a watch list.
         *
         * @throws IOException if the file cannot be read, or has a line that is none of a list
         */
        public static Listed read(Path file) throws IOException {
            return new Listed(file, WatchList.read(List.of(file), WatchLists.MOST_ENTRIES));
        }

        @Override
        public FlowQuery addTo(FlowQuery query) {
            return query.withListing(this);
        }

        @Override
        public String text() {
            return "the list " + file;
        }

        @Override
        public boolean hasAddress(String address) {
            IpAddress parsed = AddressText.parse(address);
            return parsed != null && list.contains(parsed);
        }

        @Override
        public boolean hasName(String name) {
            return list.contains(RawText.of(name));
        }
    }

    /** Maximum value of a port. */
    int LAST_PORT = 65_535;

    /** A version, a colon and the 20 bytes of SHA-1 in Base64. */
    Pattern COMMUNITY_ID = Pattern.compile("1:[A-Za-z0-9+/]{27}=");

    Pattern WITH_PORT = Pattern.compile("(?:\\[([^]]+)]|([^:]+)):(\\d{1,5})");
    Pattern HOST_NAME = Pattern.compile("(?=.*[A-Za-z_])(?:\\*\\.)?[A-Za-z0-9_-][A-Za-z0-9_.-]*");

    /** Returns a query with this condition, too. */
    FlowQuery addTo(FlowQuery query);

    /** Returns the words for it in a sentence. */
    String text();

    /**
     * Reads what a user asks for. It is an address, an endpoint, a network, an id or a host name. An endpoint is
     * {@code ADDRESS:PORT} or {@code [ADDRESS]:PORT}, a network {@code ADDRESS/BITS}, an id a Community ID. In a host
     * name {@code *.} stands for all names below.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static Criterion read(String text) {
        if (COMMUNITY_ID.matcher(text).matches()) {
            return new Community(text);
        }
        Optional<IpAddress> address = AddressInput.read(text.replaceFirst("^\\[([^]]*)]$", "$1"));
        if (address.isPresent()) {
            return new Address(address.get());
        }
        Matcher ported = WITH_PORT.matcher(text);
        if (ported.matches()) {
            return endpoint(text, ported);
        }
        int slash = text.indexOf('/');
        if (slash > 0) {
            return network(text, text.substring(0, slash), text.substring(slash + 1));
        }
        if (HOST_NAME.matcher(text).matches()) {
            return new Name(text.replaceFirst("\\.$", "").toLowerCase(Locale.ROOT));
        }
        throw wrong(text);
    }

    /**
     * Reads a port.
     *
     * @throws IllegalArgumentException if it is no number from 0 to 65535
     */
    static int port(String text) {
        if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > LAST_PORT) {
            throw new IllegalArgumentException("'" + text + "' is no port: use a number from 0 to 65535");
        }
        return Integer.parseInt(text);
    }

    /** Returns the criterion for a unit. A name without a suffix is that of a service, as for systemctl(1). */
    static Criterion service(String name) {
        return new Service(
                new UnitName(name.matches(".*\\.(service|scope|socket|slice|mount|swap)") ? name : name + ".service"));
    }

    /** Returns the criterion for a user name. A number is a user id. */
    static Criterion user(String text) {
        return text.matches("\\d{1,10}") ? new UserId(Long.parseLong(text)) : new UserName(text);
    }

    private static Criterion endpoint(String text, Matcher ported) {
        String host = ported.group(1) == null ? ported.group(2) : ported.group(1);
        IpAddress address = AddressInput.read(host)
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + text + "': '" + host + "' is no address; ask for a name and --port=" + ported.group(3)));
        return new Socket(address, port(ported.group(3)));
    }

    private static Criterion network(String text, String host, String length) {
        IpAddress address = AddressInput.read(host).orElseThrow(() -> wrong(text));
        int bits = AddressInput.prefixLength(length, address)
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + text + "': use a prefix length from 0 to " + Byte.SIZE * address.length()));
        return new Network(address, bits);
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is no address, ADDRESS:PORT, [ADDRESS]:PORT, ADDRESS/BITS, Community ID or host name");
    }
}
