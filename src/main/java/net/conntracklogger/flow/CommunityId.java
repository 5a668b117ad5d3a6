// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * Computes Community IDs, version 1 with seed 0. Zeek, Suricata and Arkime print this hash of a flow. Both directions
 * of a flow have the same id. Specification: github.com/corelight/community-id-spec. Not thread-safe.
 */
public final class CommunityId {
    private static final String VERSION = "1:";
    /** Seed, two IPv6 addresses, protocol, padding, two ports. */
    private static final int MAX_INPUT = 2 + 2 * IpAddress.MAX_LENGTH + 2 + 4;

    private static final int HASH_LENGTH = 20;
    private static final int HASH_CHARACTERS = 28;

    private final ByteBuffer input = ByteBuffer.allocate(MAX_INPUT);
    private final MessageDigest sha1;
    private final byte[] hash = new byte[HASH_LENGTH];
    private final byte[] encoded = new byte[HASH_CHARACTERS];
    /** The id in ASCII. */
    private final byte[] id = (VERSION + "=".repeat(HASH_CHARACTERS)).getBytes(StandardCharsets.US_ASCII);

    public CommunityId() {
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    /** Returns the id of a flow: {@code 1:} and 28 characters of Base64. */
    public String of(FlowTuple tuple) {
        int first = tuple.sourcePort();
        int second = tuple.destinationPort();
        boolean oneWay = false;
        if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            int reply = replyTo(tuple.protocol(), icmp.type());
            oneWay = reply < 0;
            first = icmp.type();
            second = oneWay ? icmp.code() : reply;
        }
        boolean hasPorts = hasPorts(tuple.protocol()) && !(tuple.layer4() instanceof Layer4.None);
        IpAddress a = tuple.source();
        IpAddress b = tuple.destination();
        int order = compare(a, b);
        boolean swap = !oneWay && (order > 0 || order == 0 && first > second);
        return hash(
                tuple.protocol(), swap ? b : a, swap ? a : b, hasPorts, swap ? second : first, swap ? first : second);
    }

    /**
     * Reports whether the specification hashes the ports of a protocol. It hashes only the addresses of other
     * protocols.
     */
    private static boolean hasPorts(Protocol protocol) {
        return protocol.isIcmp()
                || protocol.equals(Protocol.TCP)
                || protocol.equals(Protocol.UDP)
                || protocol.equals(Protocol.SCTP);
    }

    private String hash(Protocol protocol, IpAddress a, IpAddress b, boolean hasPorts, int first, int second) {
        input.clear();
        input.putShort((short) 0);
        a.write(input, input.position());
        input.position(input.position() + a.length());
        b.write(input, input.position());
        input.position(input.position() + b.length());
        input.put((byte) protocol.number()).put((byte) 0);
        if (hasPorts) {
            input.putShort((short) first).putShort((short) second);
        }
        sha1.update(input.array(), 0, input.position());
        try {
            sha1.digest(hash, 0, HASH_LENGTH);
        } catch (DigestException e) {
            throw new IllegalStateException("a SHA-1 digest has 20 bytes", e);
        }
        Base64.getEncoder().encode(hash, encoded);
        System.arraycopy(encoded, 0, id, VERSION.length(), HASH_CHARACTERS);
        return new String(id, StandardCharsets.ISO_8859_1);
    }

    private static int compare(IpAddress a, IpAddress b) {
        int high = Long.compareUnsigned(a.high(), b.high());
        return high != 0 ? high : Long.compareUnsigned(a.low(), b.low());
    }

    /** Returns the ICMP type that replies to this one; -1 if none is specified. */
    private static int replyTo(Protocol protocol, int type) {
        if (protocol.equals(Protocol.ICMP)) {
            return switch (type) {
                case 0 -> 8; // echo reply
                case 8 -> 0; // echo request
                case 9 -> 10; // router advertisement
                case 10 -> 9; // router solicitation
                case 13 -> 14; // timestamp
                case 14 -> 13; // timestamp reply
                case 15 -> 16; // information request
                case 16 -> 15; // information reply
                case 17 -> 18; // address mask request
                case 18 -> 17; // address mask reply
                default -> -1;
            };
        }
        return switch (type) {
            case 128 -> 129; // echo request
            case 129 -> 128; // echo reply
            case 130 -> 131; // multicast listener query
            case 131 -> 130; // multicast listener report
            case 133 -> 134; // router solicitation
            case 134 -> 133; // router advertisement
            case 135 -> 136; // neighbour solicitation
            case 136 -> 135; // neighbour advertisement
            case 139 -> 140; // who are you request
            case 140 -> 139; // who are you reply
            case 144 -> 145; // home agent address discovery request
            case 145 -> 144; // home agent address discovery reply
            default -> -1;
        };
    }
}
