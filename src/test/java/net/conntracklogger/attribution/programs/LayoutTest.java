// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The version of the layout of the maps, which the next version of the programs may use again. */
class LayoutTest {
    private static final Path SOURCES = Path.of("src", "main", "bpf");
    /** Comments do not change a layout, and kernel types are those of the kernel. */
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL);

    private static final Pattern TYPE = Pattern.compile("(?:struct|enum) \\w+ \\{.*?\\n}", Pattern.DOTALL);
    private static final Pattern SIZE = Pattern.compile("#define \\w+ +\\d+");

    /**
     * If this fails, a struct, an enum or a size changed. If it is part of a map that systemd keeps, or means something else
     * there, increase {@link KeptPrograms#LAYOUT}. In any case replace the digest by that of now.
     */
    @Test
    void hasTheVersionOfTheseTypes() throws Exception {
        assertEquals("1 2ee0117d720a1726", KeptPrograms.LAYOUT + " " + digest());
    }

    private static String digest() throws Exception {
        StringBuilder types = new StringBuilder();
        for (String file :
                new String[] {"layout.h", "process.h", "sock_user.h", "dns.h", "flow_record.h", "refusal.h"}) {
            types.append(types(file)).append('\n');
        }
        byte[] digest =
                MessageDigest.getInstance("SHA-256").digest(types.toString().getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest).substring(0, 16);
    }

    private static String types(String file) throws IOException {
        String code = COMMENT.matcher(Files.readString(SOURCES.resolve(file))).replaceAll("");
        return Pattern.compile(TYPE + "|" + SIZE, Pattern.DOTALL)
                .matcher(code)
                .results()
                .map(MatchResult::group)
                .map(text -> text.replaceAll("\\s+", " "))
                .collect(Collectors.joining("\n"));
    }
}
