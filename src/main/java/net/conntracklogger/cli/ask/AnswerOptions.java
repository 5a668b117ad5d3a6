// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.util.List;
import net.conntracklogger.cli.answer.AnswerForm;
import net.conntracklogger.cli.output.ResultOptions;
import net.conntracklogger.entry.JournalField;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that say how much of an answer a program gets. */
final class AnswerOptions {
    @Option(
            names = "--output-fields",
            paramLabel = "FIELD",
            split = ",",
            description = "With --output=json or csv: print these fields only, separated by commas.")
    private List<JournalField> fields = List.of();

    @Option(names = "--verdict", description = "With --output=json: print the sentence as an object, too.")
    private boolean verdict;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** Returns the form. The format of the results must have what is asked for. */
    AnswerForm form(ResultOptions results) {
        ResultOptions.Format format = results.format();
        Usage.require(
                command,
                fields.isEmpty() || format == ResultOptions.Format.json || format == ResultOptions.Format.csv,
                "--output-fields needs --output=json or --output=csv");
        Usage.require(command, !verdict || format == ResultOptions.Format.json, "--verdict needs --output=json");
        return new AnswerForm(fields, verdict);
    }
}
