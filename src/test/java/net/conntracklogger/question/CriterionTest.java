// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.conntracklogger.flow.UnitName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CriterionTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "203.0.113.7                     | Address   | 203.0.113.7",
                "2001:DB8:0::7                   | Address   | 2001:db8::7",
                "[2001:db8::7]                   | Address   | 2001:db8::7",
                "::ffff:203.0.113.7              | Address   | 203.0.113.7",
                "203.0.113.7:443                 | Socket    | 203.0.113.7:443",
                "[2001:db8::7]:443               | Socket    | [2001:db8::7]:443",
                "203.0.113.0/24                  | Network   | 203.0.113.0/24",
                "2001:db8::/32                   | Network   | 2001:db8::/32",
                "Update.Example.NET.             | Name      | update.example.net",
                "_ldap._tcp.example.net          | Name      | _ldap._tcp.example.net",
                "*.example.net                   | Name      | *.example.net",
                "localhost                       | Name      | localhost",
                "1:/K2TQ2D0c+HeFfySGEDiHGWCUo0=  | Community | 1:/K2TQ2D0c+HeFfySGEDiHGWCUo0=",
            })
    void readsWhatIsAskedFor(String text, String kind, String words) {
        Criterion read = Criterion.read(text);
        assertEquals(kind, read.getClass().getSimpleName());
        assertEquals(words, read.text());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "203.0.113.256        | is no address, ADDRESS:PORT",
                "203.0.113.7:99999    | use a number from 0 to 65535",
                "203.0.113.0/33       | use a prefix length from 0 to 32",
                "example.net:443      | ask for a name and --port=443",
                "010.0.0.1            | is no address, ADDRESS:PORT",
                "12345                | is no address, ADDRESS:PORT",
                "a b                  | is no address, ADDRESS:PORT",
            })
    void saysWhatToWriteInstead(String text, String remedy) {
        String message = assertThrows(IllegalArgumentException.class, () -> Criterion.read(text))
                .getMessage();
        assertEquals(true, message.contains(remedy), message);
    }

    @Test
    void takesANameWithoutSuffixForAService() {
        assertEquals(new Criterion.Service(new UnitName("cron.service")), Criterion.service("cron"));
        assertEquals(new Criterion.Service(new UnitName("session-1.scope")), Criterion.service("session-1.scope"));
    }

    @Test
    void tellsUserNamesFromIds() {
        assertEquals(new Criterion.UserId(1000), Criterion.user("1000"));
        assertEquals(new Criterion.UserName("deploy"), Criterion.user("deploy"));
    }
}
