// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TableTest {
    private static final List<Column> COLUMNS = List.of(
            Column.required("FLOW", 12).shortenedInTheMiddle(),
            Column.required("PROCESS", 8),
            Column.number("BYTES"),
            Column.optional("COMMAND", 10, 2),
            Column.optional("NAME", 8, 1));

    private final Table table = new Table(COLUMNS);

    @Nested
    class OnAWideScreen {
        @Test
        void alignsColumns() {
            add("> 192.0.2.1:80", "curl(5)", "7", "curl -s x", "example.net");
            add("> 192.0.2.10:8080", "sh(17)", "12345", "", "");
            assertEquals(
                    List.of(
                            "FLOW               PROCESS  BYTES  COMMAND    NAME",
                            "> 192.0.2.1:80     curl(5)      7  curl -s x  example.net",
                            "> 192.0.2.10:8080  sh(17)   12345"),
                    lines(Screen.UNLIMITED));
        }

        @Test
        void leavesOutColumnsWithoutText() {
            add("a", "b", "", "", "c");
            assertEquals(List.of("FLOW  PROCESS  NAME", "a     b        c"), lines(80));
        }

        @Test
        void countsTwoColumnsForAFullWidthCharacterAndNoneForAMark() {
            add("日本語", "x", "", "", "");
            add("e\u0301te\u0301", "y", "", "", "");
            assertEquals(List.of("FLOW    PROCESS", "日本語  x", "e\u0301te\u0301     y"), lines(80));
        }

        @Test
        void showsHostileTextAsPlainText() {
            add("\u001b[31mred\n\u202eevil", "\u0007", "", "", "");
            assertEquals(
                    "\\x1b[31mred\\x0a\\xe2\\x80\\xaeevil  \\x07",
                    lines(Screen.UNLIMITED).get(1));
        }
    }

    @Nested
    class OnANarrowScreen {
        @Test
        void leavesOutOptionalColumnsByRank() {
            add("> 192.0.2.1:80", "curl(5)", "7", "curl -s example.net", "example.net");
            assertEquals("FLOW            PROCESS  BYTES  NAME", lines(44).get(0));
            assertEquals("FLOW            PROCESS  BYTES", lines(32).get(0));
        }

        @Test
        void shortensTheWidestColumnsToFit() {
            add("> [2001:db8::1111:2222:3333]:443", "averylongname(12345)", "7", "", "");
            for (int width = 32; width < 64; width++) {
                int most = width;
                assertTrue(lines(width).stream().allMatch(line -> TextWidth.of(line) <= most), lines(width)::toString);
            }
            assertEquals(
                    "> [2001:db8:…222:3333]:443  averylongname(12345)      7",
                    lines(55).get(1));
        }

        @Test
        void shortensAFewLongTextsRatherThanHideColumns() {
            add("> 192.0.2.1:80", "a-very-long-name-that-a-process-has-chosen(12345)", "7", "", "example.net");
            for (int i = 0; i < 3; i++) {
                add("> 192.0.2.1:80", "curl(5)", "7", "", "example.net");
            }
            assertEquals(
                    List.of(
                            "FLOW            PROCESS       BYTES  NAME",
                            "> 192.0.2.1:80  a-very-long…      7  example.net",
                            "> 192.0.2.1:80  curl(5)           7  example.net"),
                    lines(48).subList(0, 3));
        }

        @Test
        void cutsNoFullWidthCharacter() {
            add("日本語日本語日本語", "x", "", "", "");
            assertEquals("日本…日本語  x", lines(21).get(1).replaceAll(" +x", "  x"));
        }
    }

    @Test
    void wrapsBetweenWords() {
        assertEquals(
                List.of("one two", "  three", "  four"),
                Wrap.lines("one two three four", /* width= */ 8, /* indent= */ 2));
        assertEquals(List.of("a-long-word", "b"), Wrap.lines("a-long-word b", 5, 0));
        assertEquals(List.of("\u001b[0;1;31mone\u001b[0m two"), Wrap.lines("\u001b[0;1;31mone\u001b[0m two", 7, 0));
    }

    @Test
    void hasNoHeaderWithoutLegendAndNoneWithoutRows() {
        assertEquals(List.of(), table.lines(new Screen(80, 24, false), true));
        add("a", "b", "", "", "");
        assertEquals(List.of("a  b"), table.lines(new Screen(80, 24, false), false));
    }

    @Test
    void stylesOnlyTextIfColoursAreOn() {
        Table styled = new Table(List.of(Column.required("A", 1), Column.required("B", 1)));
        styled.add(List.of(new Cell("x", Style.BAD), Cell.of("y")));
        assertEquals(List.of("\u001b[0;1;31mx\u001b[0m  y"), styled.lines(new Screen(80, 24, true), false));
    }

    private void add(String... texts) {
        table.add(List.of(texts).stream().map(Cell::of).toList());
    }

    private List<String> lines(int width) {
        return table.lines(new Screen(width, 24, /* colour= */ false), /* legend= */ true);
    }
}
