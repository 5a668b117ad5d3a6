// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.resolved;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryReportTest {
    private static final String QUESTION = "'question':[{'class':1,'type':1,'name':'www.example.test'}]";

    /** Three lines each of {@code reports}, see README.md there: the query, the expected result, the message. */
    static Stream<Arguments> recorded() throws IOException {
        return Stream.of("252.txt", "257.txt").flatMap(QueryReportTest::read);
    }

    private static Stream<Arguments> read(String file) {
        try (InputStream in = QueryReportTest.class.getResourceAsStream("reports/" + file)) {
            List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return IntStream.iterate(0, i -> i < lines.size(), i -> i + 3)
                    .mapToObj(i -> Arguments.of(file + lines.get(i), lines.get(i + 1), lines.get(i + 2)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("recorded")
    void parsesRecordedMessages(String asked, String expected, String message) throws MalformedReportException {
        assertEquals(expected, text(QueryReport.parse(message)));
    }

    /** The name and its addresses, in the order of the expected results. */
    private static String text(QueryReport report) {
        if (report instanceof QueryReport.Ready) {
            return "ready";
        }
        if (report instanceof QueryReport.Addresses answer) {
            return answer.found().stream()
                    .sorted((one, other) -> one.address().v6()
                                    == other.address().v6()
                            ? Long.compare(one.address().low(), other.address().low())
                            : Boolean.compare(
                                    one.address().v6(), other.address().v6()))
                    .map(it -> it.address() + "/" + it.ttl())
                    .collect(Collectors.joining(" ", answer.name() + " ", ""));
        }
        return "-";
    }

    @ParameterizedTest
    @ValueSource(strings = {"org.varlink.service.PermissionDenied", "io.systemd.System"})
    void parsesARefusal(String error) throws MalformedReportException {
        QueryReport report = QueryReport.parse("{\"error\":\"" + error + "\",\"parameters\":{}}");
        assertEquals(error, assertInstanceOf(QueryReport.Refused.class, report).error());
    }

    /** A record of a name that is neither in the question nor its alias. */
    @ParameterizedTest
    @CsvSource({"other.test", "ww.example.test", "www.example.test.other", "example.test"})
    void ignoresAddressesOfOtherNames(String owner) throws MalformedReportException {
        String answer = QUESTION + ",'answer':[" + record(owner, "[10,78,1,1]", "A3d3dwAAAQABAAAAPAAECk4BAQ==") + "]";
        assertInstanceOf(QueryReport.Addressless.class, QueryReport.parse(success(answer)));
    }

    /** RFC 2181, 8: a TTL has 31 bits; one with the 32nd bit set counts as 0. */
    @ParameterizedTest
    @CsvSource({"A3d3dwAAAQABAAAAPAAECk4BAQ==,60", "A3d3dwAAAQABf////wAECk4BAQ==,2147483647", "AAABAAH/////AAQKTgEB,0"})
    void readsTheTtl(String raw, long ttl) throws MalformedReportException {
        String answer = QUESTION + ",'answer':[" + record("www.example.test", "[10,78,1,1]", raw) + "]";
        QueryReport report = QueryReport.parse(success(answer));
        assertEquals("www.example.test 10.78.1.1/" + ttl, text(report));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}",
                "{'parameters':{}}",
                "{'parameters':{'state':'success'}}",
            })
    void rejectsIncompleteMessages(String message) {
        assertThrows(MalformedReportException.class, () -> QueryReport.parse(message.replace('\'', '"')));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    [10,78,1]      | A3d3dwAAAQABAAAAPAAECk4BAQ==
                    [10,78,1,256]  | A3d3dwAAAQABAAAAPAAECk4BAQ==
                    [10,78,1,'1']  | A3d3dwAAAQABAAAAPAAECk4BAQ==
                    '10.78.1.1'    | A3d3dwAAAQABAAAAPAAECk4BAQ==
                    [10,78,1,1]    | A3d3dwAAAQABAAAA
                    [10,78,1,1]    | //
                    [10,78,1,1]    | !
                    """)
    void rejectsBrokenRecords(String address, String raw) {
        String answer = QUESTION + ",'answer':[" + record("www.example.test", address, raw) + "]";
        assertThrows(MalformedReportException.class, () -> QueryReport.parse(success(answer)));
    }

    private static String record(String owner, String address, String raw) {
        return "{'rr':{'key':{'class':1,'type':1,'name':'%s'},'address':%s},'raw':'%s'}".formatted(owner, address, raw);
    }

    private static String success(String rest) {
        return ("{'parameters':{'state':'success'," + rest + "},'continues':true}").replace('\'', '"');
    }
}
