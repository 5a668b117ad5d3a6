// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A file in the manner of systemd's own (systemd.syntax(7)): sections, {@code Key=Value}, comments. */
final class IniFile {
    private IniFile() {}

    static List<Setting> read(Path file) throws ConfigurationException {
        try {
            return parse(file, Files.readAllLines(file));
        } catch (MalformedInputException e) {
            throw new ConfigurationException(file + ": is not valid UTF-8");
        } catch (IOException e) {
            throw new ConfigurationException(file + ": cannot be read: " + e);
        }
    }

    static List<Setting> parse(Path file, List<String> lines) throws ConfigurationException {
        List<Setting> settings = new ArrayList<>();
        String section = null;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            int number = i + 1;
            if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
                continue;
            }
            if (line.startsWith("[")) {
                if (!line.endsWith("]")) {
                    throw wrong(file, number, line, "a section's name ends in ']'");
                }
                section = line.substring(1, line.length() - 1).strip();
                continue;
            }
            int equals = line.indexOf('=');
            if (equals <= 0) {
                throw wrong(file, number, line, "write Key=Value, a [Section], or a comment that begins with #");
            }
            if (section == null) {
                throw wrong(file, number, line, "it stands before the first [Section]");
            }
            String key = line.substring(0, equals).strip();
            settings.add(new Setting(
                    file, number, section, key, line.substring(equals + 1).strip()));
        }
        return settings;
    }

    private static ConfigurationException wrong(Path file, int line, String text, String reason) {
        return new ConfigurationException("%s:%d: %s: %s".formatted(file, line, text, reason));
    }
}
