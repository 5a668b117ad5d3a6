// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessStatusTest {

    @Test
    void parsesARecordedFile() {
        String text = new String(ProcFixture.bytes("nameless/status"), StandardCharsets.UTF_8);
        assertEquals(new ProcessStatus(65534, 65534, 65534, true, false), ProcessStatus.parse(text));
    }

    /** Real, effective, saved and file system id. */
    @Test
    void readsTheRealAndTheEffectiveId() {
        assertEquals(
                new ProcessStatus(1, 5, 2, false, false),
                ProcessStatus.parse("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n"));
    }

    @ParameterizedTest
    @CsvSource({"7, true", "7\t1, false", "7\t20\t1, false"})
    void knowsWhetherThereIsAPidNamespaceBelow(String pids, boolean one) {
        String status = "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nNSpid:\t" + pids + "\n";
        assertEquals(one, ProcessStatus.parse(status).onePid());
    }

    @ParameterizedTest
    @CsvSource({"7, false", "1, false", "7\t1, true", "7\t20\t1, true", "7\t11, false", "1\t7, false"})
    void knowsTheFirstProcessOfAPidNamespaceBelow(String pids, boolean first) {
        String status = "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nNSpid:\t" + pids + "\n";
        assertEquals(first, ProcessStatus.parse(status).containerInit());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Name:\tx\n",
                "Uid:\t1\t1\t1\t1\n",
                "Gid:\t1\t1\t1\t1\n",
                "Uid:\tx\t1\t1\t1\nGid:\t1\n",
                "Uid:\t-1\t1\nGid:\t1\n",
                "Uid:\t1\nGid:\t1\n",
                "Uid:\t\nGid:\t\n",
                "Uid:\t9999999999999999999999\t1\nGid:\t1\n"
            })
    void returnsNullIfIdsAreMissing(String status) {
        assertNull(ProcessStatus.parse(status));
    }
}
