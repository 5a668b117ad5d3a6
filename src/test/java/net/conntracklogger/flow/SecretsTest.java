// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Command lines that people and programs run; in the table {@code ^} separates arguments, here and in the result. */
class SecretsTest {
    private static String redacted(String arguments) {
        byte[] bytes = arguments.replace('^', '\0').getBytes(StandardCharsets.UTF_8);
        return new String(Secrets.hide(bytes, /* whole= */ true), StandardCharsets.UTF_8).replace('\0', '^');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "mysql^-u^root^-phunter2^shop                     | mysql^-u^root^-p***^shop",
                "/usr/bin/mysqldump^-phunter2                     | /usr/bin/mysqldump^-p***",
                "mysql^--password=hunter2^shop                    | mysql^--password=***^shop",
                "mariadb-dump^--password^hunter2                  | mariadb-dump^--password^***",
                "sshpass^-p^hunter2^ssh^host                      | sshpass^-p^***^ssh^host",
                "sshpass^-phunter2^ssh^host                       | sshpass^-p***^ssh^host",
                "curl^-u^alice:hunter2^https://example.org        | curl^-u^alice:***^https://example.org",
                "curl^--user^alice:hunter2^https://example.org    | curl^--user^alice:***^https://example.org",
                "curl^https://alice:hunter2@example.org/a?b=c     | curl^https://***@example.org/a?b=c",
                "curl^https://example.org/?q=1&token=abc&x=2      | curl^https://example.org/?q=1&token=***&x=2",
                "curl^https://example.org/?api_key=abc            | curl^https://example.org/?api_key=***",
                "curl^-H^Authorization: Bearer abc.def            | curl^-H^Authorization: ***",
                "curl^-H^X-Api-Key: abc                           | curl^-H^X-Api-Key: ***",
                "curl^-H^Cookie: session=abc                      | curl^-H^Cookie: ***",
                "git^clone^https://ghp_abc@github.com/a/b.git     | git^clone^https://***@github.com/a/b.git",
                "psql^postgresql://alice:hunter2@db/shop          | psql^postgresql://***@db/shop",
                "java^-Ddb.password=hunter2^-jar^shop.jar         | java^-Ddb.password=***^-jar^shop.jar",
                "java^-Djavax.net.ssl.keyStorePassword=x^A        | java^-Djavax.net.ssl.keyStorePassword=***^A",
                "env^PGPASSWORD=hunter2^psql                      | env^PGPASSWORD=***^psql",
                "env^MYSQL_PWD=hunter2^mysql                      | env^MYSQL_PWD=***^mysql",
                "env^AWS_SECRET_ACCESS_KEY=abc^aws^s3^ls          | env^AWS_SECRET_ACCESS_KEY=***^aws^s3^ls",
                "vault^login^-token^s.abc                         | vault^login^-token^***",
                "consul^members^--token=abc                       | consul^members^--token=***",
                "aws^--secret-key^abc^--region^eu                 | aws^--secret-key^***^--region^eu",
                "az^login^--client-secret^abc                     | az^login^--client-secret^***",
                "openssl^rsa^-passphrase^abc                      | openssl^rsa^-passphrase^***",
                "sh^-c^mysql -u root -phunter2 shop               | sh^-c^mysql -u root -p*** shop",
                "sh^-c^curl --token abc https://example.org       | sh^-c^curl --token *** https://example.org",
                "sh^-c^export TOKEN=abc; run                      | sh^-c^export TOKEN=***; run",
                "sh^-c^x --password='a b' y                       | sh^-c^x --password=*** y",
                "sh^-c^curl -H 'Authorization: Bearer abc' host   | sh^-c^curl -H 'Authorization: Bearer ***' host",
                "docker^run^-e^DB_PASSWORD=hunter2^image          | docker^run^-e^DB_PASSWORD=***^image",
                "net^use^/password:hunter2                        | net^use^/password:***",
            })
    void areReplaced(String arguments, String shown) {
        assertEquals(shown, redacted(arguments));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nginx: master process /usr/sbin/nginx -g daemon on;",
                "curl^-s^https://example.org/?q=tokens",
                "ssh^-p^22^alice@example.org",
                "cp^-p^a^b",
                "mysql^-p^shop",
                "mysql^-u^root^-h^db",
                "useradd^--password-file^/etc/x",
                "git^commit^-m^pass the baton",
                "tokenize^--tokens=5",
                "sort^-u^a:b/c",
                "java^-jar^bypass.jar",
                "gpg^--passphrase-fd^3",
                "",
            })
    void areNotSeenWhereThereAreNone(String arguments) {
        assertEquals(arguments, redacted(arguments));
    }

    @Test
    void thatMayBeginBeforeTheKnownPartAreHidden() {
        byte[] end = "er2\0--verbose\0".getBytes(StandardCharsets.UTF_8);
        assertEquals("***\0--verbose\0", new String(Secrets.hide(end, /* whole= */ false), StandardCharsets.UTF_8));
    }

    @Test
    void areInNoPartOfALongCommandLine() {
        byte[] all = new byte[64];
        byte[] text = "login\0--password\0".getBytes(StandardCharsets.UTF_8);
        System.arraycopy(text, 0, all, 0, text.length);
        Arrays.fill(all, text.length, all.length, (byte) 'q');
        String shown = CommandLines.REDACT.quoteEnds(ByteBuffer.wrap(all), 32).toString();
        assertFalse(shown.contains("q"), shown);
    }

    /** Backtracking without bounds took seconds for some of these. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "-a", "x-key", "mysql ", "http", " --pass", "&token", "/"})
    void areSearchedForInBoundedTime(String piece) {
        String argument = piece.repeat(4096 / piece.length());
        long began = System.nanoTime();
        redacted("sh^-c^" + argument);
        assertTrue(System.nanoTime() - began < 5_000_000_000L, "took " + (System.nanoTime() - began));
    }

    @Test
    void leaveOtherBytesAsTheyAre() {
        byte[] bytes = {'a', 0, (byte) 0xff, (byte) 0xc3, (byte) 0xa4, 0};
        assertEquals(ByteBuffer.wrap(bytes), ByteBuffer.wrap(Secrets.hide(bytes, /* whole= */ true)));
    }
}
