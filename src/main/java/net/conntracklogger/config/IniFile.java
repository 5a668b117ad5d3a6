// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A file in the syntax of systemd.syntax(7): sections, {@code Key=Value}, comments. */
final class IniFile {
    private static final int LARGEST = 4 << 20;
    /** Editors of Windows put it before the text. systemd skips it, too. */
    private static final String MARK = "\ufeff";

    private IniFile() {}

    /**
     * Reads a file.
     *
     * @return the settings in their order
     * @throws ConfigurationException if the file cannot be read or a line breaks the syntax
     */
    static List<Setting> read(Path file) throws ConfigurationException {
        try {
            return parse(file, text(file).lines().toList());
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw new IOException("more than " + LARGEST / 1024 + "K; that is no configuration");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                throw new IOException("it has NUL bytes, so it is no text, or UTF-16; save the file as UTF-8");
            }
            return text.startsWith(MARK) ? text.substring(MARK.length()) : text;
        }
    }

    /** Returns an error that names the file or directory. The error says in words why it cannot be read. */
    static ConfigurationException unreadable(Path file, IOException e) {
        return new ConfigurationException("%s: cannot be read: %s".formatted(file, reason(e)));
    }

    private static String reason(IOException e) {
        // The messages of the JDK are the name of the file, or a number.
        if (e instanceof NoSuchFileException) {
            return "no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NotDirectoryException) {
            return "not a directory";
        }
        if (e instanceof MalformedInputException) {
            return "not valid UTF-8; save the file as UTF-8";
        }
        return e instanceof FileSystemException of && of.getReason() != null ? of.getReason() : e.getMessage();
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
                    throw wrong(file, number, line, "end the section's name with ']'");
                }
                section = line.substring(1, line.length() - 1).strip();
                continue;
            }
            int equals = line.indexOf('=');
            if (equals <= 0) {
                throw wrong(file, number, line, "write Key=Value, a [Section], or a comment that begins with #");
            }
            if (section == null) {
                throw wrong(file, number, line, "write a [Section] above");
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
