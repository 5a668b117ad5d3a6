// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.names;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.fuzz.FuzzTarget;

/** A DNS answer, and the names that are kept of it. */
public final class DnsAnswerTarget implements FuzzTarget {
    private static final String QUESTION = "03777777076578616d706c65036f72670000010001";
    private static final String RECORD = "c00c000100010000003c0004c0000201";

    private final AddressNames names = new AddressNames();

    @Override
    public List<byte[]> seeds() {
        return Stream.of(
                        "123481800001000100000000" + QUESTION + RECORD,
                        "123481800001000200000000" + QUESTION + "c00c000500010000003c0004016ec010"
                                + "c02d000100010000003c0004c0000201",
                        "123481800001000100000000" + "01610000" + "1c0001" + "c00c001c00010000003c0010"
                                + "20010db8000000000000000000000001")
                .map(HexFormat.of()::parseHex)
                .toList();
    }

    @Override
    public void read(byte[] input) {
        try {
            names.add(DnsAnswer.parse(ByteBuffer.wrap(input)), 1);
        } catch (MalformedAnswerException e) {
            // What a server may send.
            return;
        }
    }
}
