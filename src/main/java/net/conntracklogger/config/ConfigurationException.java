// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.util.regex.Pattern;
import net.conntracklogger.flow.PrintableText;

/** A mistake in the configuration. The message names file, line and key, and says what would be right. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;
    /** A message is one line of a terminal and of the journal. */
    private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}");

    /** Creates a mistake. Of a long message, that quotes a long line, the middle is left out. */
    public ConfigurationException(String message) {
        super(PrintableText.of(CONTROLS.matcher(message).replaceAll("\ufffd")).toString());
    }
}
