// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystemRootsTest {
    @ParameterizedTest
    @CsvSource({
        "6.1.0-56-amd64, flow_owner_6.1.bpf.o",
        "6.1-rc3, flow_owner_6.1.bpf.o",
        "6.1, flow_owner_6.1.bpf.o",
        "6.12.43+deb13-amd64, flow_owner.bpf.o",
        "6.18.5, flow_owner.bpf.o",
        "7.0.0, flow_owner.bpf.o"
    })
    void takesTheProgramsForTheKernel(String release, String expected) {
        assertEquals(expected, SystemRoots.bpfObject(release));
    }
}
