// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces secrets in arguments by {@link #MARK}. Values of options, variables, headers and parameters are secrets if
 * the name ends in a word for a secret. The password option of programs that have one and the user part of URLs are
 * secrets, too. A secret under another name stays.
 */
final class Secrets {
    /** Stands for a secret. */
    static final String MARK = "***";

    private static final String WORDS =
            "(?:pass(?:word|wd|phrase|code)|passwd|pwd|secret|token|api[-_]?key|access[-_]?key"
                    + "|auth[-_]?key|secret[-_]?key|private[-_]?key|account[-_]?key|credentials?|(?<![a-z])pass)";
    /**
     * A name that ends in one of the words, with its prefix in an option. All repetitions are bounded, so that no
     * command line of 4,096 bytes takes longer than some milliseconds.
     */
    private static final String NAME = "[-/\\w.]{0,40}" + WORDS;
    /** A value of a shell word. It is quoted, or goes up to a space or the next parameter. */
    private static final String VALUE = "(?:\"[^\"]*\"?|'[^']*'?|[^\\s&;]+)";

    private static final Pattern LONE_OPTION = Pattern.compile("(?i)-{1,2}" + NAME);
    private static final Pattern ASSIGNMENT = Pattern.compile("(?i)(" + NAME + "\\s?[=:]).*", Pattern.DOTALL);
    /** As an argument that is itself a command line has it, or a URL. */
    private static final Pattern INNER =
            Pattern.compile("(?i)((?:[-?&\\s]|^)" + NAME + "=|(?:^|\\s)--?" + NAME + "\\s+)" + VALUE);

    private static final Pattern HEADER = Pattern.compile(
            "(?i)((?:proxy-)?authorization|(?:set-)?cookie|x-[-\\w]{0,20}(?:key|token|auth)[-\\w]{0,20})(\\s*:\\s*).*",
            Pattern.DOTALL);
    private static final Pattern INNER_HEADER =
            Pattern.compile("(?i)(authorization\\s*:\\s*(?:(?:basic|bearer|digest|token)\\s+)?)[^\\s\"']+");
    private static final Pattern URL_USER = Pattern.compile("([A-Za-z][-+.\\w]{0,20}://)[^/?#@\\s]*@");
    /** Inside of a command line: -psecret of the MySQL programs. */
    private static final Pattern INNER_MYSQL =
            Pattern.compile("(\\b(?:mysql|mariadb)[-\\w]*\\s(?:.*\\s)?-p)[^\\s]+", Pattern.DOTALL);

    private static final Set<String> USER_OPTIONS = Set.of("-u", "--user", "-U", "--proxy-user");

    private Secrets() {}

    /**
     * Hides the secrets.
     *
     * @param arguments separated by NULs
     * @param whole whether the first argument is the first; else it is hidden, because it may belong to an option before
     */
    static byte[] hide(byte[] arguments, boolean whole) {
        // Every byte is a character of ISO 8859-1, so that nothing changes but the secrets.
        String[] all = new String(arguments, StandardCharsets.ISO_8859_1).split("\0", -1);
        String program = whole ? all[0].substring(all[0].lastIndexOf('/') + 1).toLowerCase(Locale.ROOT) : "";
        String before = "";
        for (int i = 0; i < all.length; i++) {
            String argument = all[i];
            boolean hidden = i == 0 ? !whole && !argument.isEmpty() : isSecretAfter(before, program, argument);
            all[i] = hidden ? MARK : shown(argument, before, program);
            before = argument;
        }
        return String.join("\0", all).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static boolean isSecretAfter(String before, String program, String argument) {
        boolean option = LONE_OPTION.matcher(before).matches() || program.equals("sshpass") && before.equals("-p");
        return option && !argument.startsWith("-") && !argument.isEmpty();
    }

    private static String shown(String argument, String before, String program) {
        if (isMySql(program) && argument.startsWith("-p") && argument.length() > 2
                || program.equals("sshpass") && argument.startsWith("-p") && argument.length() > 2) {
            return "-p" + MARK;
        }
        if (USER_OPTIONS.contains(before) && argument.indexOf(':') > 0 && argument.indexOf('/') < 0) {
            return argument.substring(0, argument.indexOf(':') + 1) + MARK;
        }
        Matcher header = HEADER.matcher(argument);
        if (header.matches()) {
            return header.replaceFirst("$1$2" + MARK);
        }
        Matcher assignment = ASSIGNMENT.matcher(argument);
        String text = assignment.matches() ? assignment.replaceFirst("$1" + MARK) : argument;
        text = INNER_HEADER.matcher(text).replaceAll("$1" + MARK);
        text = INNER_MYSQL.matcher(text).replaceAll("$1" + MARK);
        text = INNER.matcher(text).replaceAll("$1" + MARK);
        return URL_USER.matcher(text).replaceAll("$1" + MARK + "@");
    }

    private static boolean isMySql(String program) {
        return program.startsWith("mysql") || program.startsWith("mariadb");
    }
}
