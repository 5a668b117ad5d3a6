// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.filter.Network;
import net.conntracklogger.flow.AddressInput;
import net.conntracklogger.flow.RawText;

/**
 * Reads a file of a watch list. A line has an address, a network or a name. As in hosts(5), a line may have an address
 * and names, of which only the names count. Comments begin with {@code #} or {@code ;}.
 */
final class ListFile {
    /** Maximum length of a line. A longer one is that of another kind of file. */
    private static final int LONGEST_LINE = 4096;

    private static final int LONGEST_NAME = 253;
    /** Of a name between {@code *.} and {@code .} */
    private static final int LONGEST_WORD = LONGEST_NAME + 3;

    private static final int SHOWN = 80;
    /** U+FEFF, which editors of Windows put before the text, as the bytes of UTF-8. */
    private static final String UTF8_MARK = "\u00ef\u00bb\u00bf";

    /**
     * A name between what may stand around it. Labels have at most 63 characters, with a letter in the last one (RFC 1123).
     * Names of services may have the underscore.
     */
    private static final Pattern NAME = Pattern.compile("(?:\\*?\\.)?("
            + "(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\\.)*(?=[0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
            + ")\\.?");

    private final Entries to;

    private ListFile(Entries to) {
        this.to = to;
    }

    /**
     * Passes the entries of a file.
     *
     * @throws IOException if the file cannot be read, or has a line that is none of a list; the message names it
     */
    static void read(Path file, Entries to) throws IOException {
        int number = 0;
        try {
            if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
                throw new IOException("not a regular file");
            }
            // Every byte is a character, because comments may have any encoding.
            try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
                ListFile parser = new ListFile(to);
                StringBuilder line = new StringBuilder();
                boolean more = true;
                while (more) {
                    number++;
                    more = readLine(reader, line);
                    if (number == 1 && line.indexOf(UTF8_MARK) == 0) {
                        line.delete(0, UTF8_MARK.length());
                    }
                    parser.take(line);
                }
            }
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": no such file", e);
        } catch (AccessDeniedException e) {
            throw new IOException(file + ": permission denied", e);
        } catch (FileSystemException e) {
            throw new IOException(file + ": " + e.getReason(), e);
        } catch (IOException e) {
            throw new IOException(file + (number == 0 ? ": " : ":" + number + ": ") + e.getMessage(), e);
        }
    }

    /** Reads a line. Returns false if the file ends with it. */
    private static boolean readLine(BufferedReader reader, StringBuilder line) throws IOException {
        line.setLength(0);
        int next = reader.read();
        while (next >= 0 && next != '\n') {
            if (line.length() == LONGEST_LINE) {
                throw new IOException("the line has more than " + LONGEST_LINE + " characters");
            }
            if (next == 0) {
                throw new IOException("the line has a NUL byte, so the file is no text, or UTF-16; save it as UTF-8");
            }
            line.append((char) next);
            next = reader.read();
        }
        return next >= 0;
    }

    private void take(CharSequence line) throws IOException {
        String text = withoutComment(line);
        if (text.isEmpty()) {
            return;
        }
        if (text.indexOf('\r') >= 0) {
            throw new IOException("a carriage return is within the line; end each line with a newline");
        }
        int space = firstSpace(text);
        if (space < 0) {
            takeWord(text);
            return;
        }
        String address = text.substring(0, space);
        if (AddressInput.read(address.replaceFirst("%.*", "")).isEmpty()) {
            throw wrong(text);
        }
        for (String name : text.substring(space).strip().split("\\s+")) {
            takeHost(name);
        }
    }

    private static String withoutComment(CharSequence line) {
        int end = 0;
        while (end < line.length() && line.charAt(end) != '#' && line.charAt(end) != ';') {
            end++;
        }
        return line.subSequence(0, end).toString().strip();
    }

    private static int firstSpace(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isWhitespace(text.charAt(i))) {
                return i;
            }
        }
        return -1;
    }

    private void takeWord(String word) throws IOException {
        Optional<Network> network = Network.parse(word);
        if (network.isPresent()) {
            to.network(network.get().address(), network.get().bits());
        } else {
            to.name(name(word));
        }
    }

    /** Takes a name of hosts(5). Names without a dot, such as localhost, are those of hosts nearby. */
    private void takeHost(String word) throws IOException {
        if (AddressInput.read(word).isEmpty()) {
            String name = name(word);
            if (name.indexOf('.') >= 0) {
                to.name(name);
            }
        }
    }

    private static String name(String word) throws IOException {
        Matcher parts = NAME.matcher(word.toLowerCase(Locale.ROOT));
        if (word.length() > LONGEST_WORD || !parts.matches() || parts.group(1).length() > LONGEST_NAME) {
            throw wrong(word);
        }
        return parts.group(1);
    }

    private static IOException wrong(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        RawText shown = RawText.copyOf(bytes, 0, Math.min(bytes.length, SHOWN));
        return new IOException("'" + shown.printable() + "' is no address, network or name");
    }
}
