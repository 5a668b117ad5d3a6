// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AccountDatabaseTest {
    @Test
    void findsTheNameOfEveryUser() throws IOException {
        try (AccountDatabase accounts = new AccountDatabase()) {
            for (String line : Files.readAllLines(Path.of("/etc/passwd"))) {
                String[] fields = line.split(":");
                assertEquals(fields[0], accounts.find(Long.parseLong(fields[2])), line);
            }
        }
    }

    @Test
    void findsNoNameForAnUnusedId() throws IOException {
        try (AccountDatabase accounts = new AccountDatabase()) {
            assertNull(accounts.find(3_999_999_999L));
        }
    }
}
