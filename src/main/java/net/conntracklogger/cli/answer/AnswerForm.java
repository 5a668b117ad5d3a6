// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.answer;

import java.util.List;
import net.conntracklogger.entry.JournalField;

/**
 * How much of an answer a program gets.
 *
 * @param fields the fields to print; none: all
 * @param verdict whether the sentence is printed as an object, too
 */
public record AnswerForm(List<JournalField> fields, boolean verdict) {
    /** All fields, and the sentence for people only. */
    public static final AnswerForm WHOLE = new AnswerForm(List.of(), /* verdict= */ false);

    public AnswerForm {
        fields = List.copyOf(fields);
    }
}
