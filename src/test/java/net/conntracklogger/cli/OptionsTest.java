// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every option is in the manual page of its command and in the completion of each shell. */
class OptionsTest {
    /** Options of every command. */
    private static final List<String> HELP = List.of("-h", "--help", "-V", "--version");

    private static final Path COMPLETION = Path.of("packaging/completion");
    private static final Path MANUAL = Path.of("packaging/man");

    @ParameterizedTest
    @MethodSource("commands")
    void areInTheManual(String command) throws IOException {
        Path own = MANUAL.resolve("conntrack-logger-" + command + ".1");
        String page = Files.readString(Files.exists(own) ? own : MANUAL.resolve("conntrack-logger.8"))
                .replace("\\-", "-");
        List<String> missing = new ArrayList<>();
        for (String name : options(command)) {
            if (!HELP.contains(name)
                    && !Pattern.compile("(?<![\\w-])" + name + "(?![\\w-])")
                            .matcher(page)
                            .find()) {
                missing.add(name);
            }
        }
        assertEquals(List.of(), missing);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void areCompletedInBash(String command) throws IOException {
        String text = Files.readString(COMPLETION.resolve("conntrack-logger.bash"));
        String line = text.replaceAll("(?s).*\\n    " + command + "\\)\\s*options='([^']*)'.*", "$1");
        assertEquals(longOptions(command), List.of(line.trim().split("\\s+")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"_conntrack-logger", "conntrack-logger.fish"})
    void areCompletedInOtherShells(String file) throws IOException {
        String text = Files.readString(COMPLETION.resolve(file));
        List<String> missing = new ArrayList<>();
        commands()
                .forEach(command -> longOptions(command).forEach(option -> {
                    String name = file.endsWith(".fish") ? "--long-option " + option.substring(2) : option;
                    if (!Pattern.compile(Pattern.quote(name) + "\\b")
                            .matcher(text)
                            .find()) {
                        missing.add(command + " " + option);
                    }
                }));
        assertEquals(List.of(), missing);
    }

    private static Stream<String> commands() {
        return Main.of().getSubcommands().keySet().stream();
    }

    private static List<String> options(String command) {
        return Main.of().getSubcommands().get(command).getCommandSpec().options().stream()
                .flatMap(option -> Stream.of(option.names()))
                .toList();
    }

    private static List<String> longOptions(String command) {
        return options(command).stream()
                .filter(name -> name.startsWith("--"))
                .sorted()
                .toList();
    }
}
