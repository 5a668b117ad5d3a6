// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DecodedOwnersTest {
    private static final long FROM = 1000;
    private static final long UNTIL = 2000;
    private static final long UNIT_CHANGES = 5;

    private final DecodedOwners owners = new DecodedOwners();
    private final ByteBuffer bytes =
            ByteBuffer.allocate(24 + RecordLayout.OWNER_LENGTH).order(ByteOrder.nativeOrder());
    private final OwnerRecord record = new OwnerRecord(bytes, 24);
    private final Owner owner = Owner.unknown(Unattributed.KERNEL);

    @BeforeEach
    void put() {
        bytes.putInt(24 + RecordLayout.OWNER_PID, 7);
        assertNull(owners.get(record, FROM, UNIT_CHANGES));
        owners.put(owner, FROM, UNTIL, UNIT_CHANGES);
    }

    @Test
    void areFoundByTheirBytes() {
        bytes.putLong(0, 42); // not part of the owner
        assertSame(owner, owners.get(record, FROM, UNIT_CHANGES));
    }

    @Test
    void areNotFoundByOtherBytes() {
        for (int i = 0; i < RecordLayout.OWNER_LENGTH; i++) {
            bytes.put(24 + i, (byte) (bytes.get(24 + i) ^ 1));
            assertNull(owners.get(record, FROM, UNIT_CHANGES), "byte " + i);
            bytes.put(24 + i, (byte) (bytes.get(24 + i) ^ 1));
        }
        assertSame(owner, owners.get(record, FROM, UNIT_CHANGES));
    }

    @Test
    void areOfFlowsOfAMoment() {
        assertNull(owners.get(record, FROM - 1, UNIT_CHANGES));
        assertSame(owner, owners.get(record, UNTIL - 1, UNIT_CHANGES));
        assertNull(owners.get(record, UNTIL, UNIT_CHANGES));
    }

    @Test
    void areOutdatedIfAUnitChanges() {
        assertNull(owners.get(record, FROM, UNIT_CHANGES + 1));
    }
}
