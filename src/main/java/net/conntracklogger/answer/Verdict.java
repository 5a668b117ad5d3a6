// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import java.util.List;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.question.Question;
import net.conntracklogger.terminal.Style;

/** How sure an answer is. */
public sealed interface Verdict {

    /**
     * There are such flows.
     *
     * @param flows in the order of their begin
     * @param all whether these are all that the log has
     * @param gaps what may hide more
     */
    record Found(Question question, List<FlowRow> flows, boolean all, List<Gap> gaps) implements Verdict {
        @Override
        public int exitCode() {
            return FOUND;
        }

        @Override
        public Style style() {
            return Style.GOOD;
        }
    }

    /**
     * There is no such flow, and it is proved that the log would have it.
     *
     * @param since begin of the span that is complete, microseconds since the epoch
     * @param until end of it
     */
    record Complete(Question question, long since, long until) implements Verdict {
        @Override
        public int exitCode() {
            return NOT_SEEN;
        }

        @Override
        public Style style() {
            return Style.STRONG;
        }
    }

    /**
     * There is no such flow, but there may have been one.
     *
     * @param gaps when the log was blind
     * @param doubts what else is not certain; a clause each
     */
    record Blind(Question question, List<Gap> gaps, List<Doubt> doubts) implements Verdict {
        @Override
        public int exitCode() {
            return NOT_CERTAIN;
        }

        @Override
        public Style style() {
            return Style.DOUBTFUL;
        }
    }

    /**
     * There is no such flow, but the log does not reach back so far.
     *
     * @param since where it begins; {@link Long#MAX_VALUE}: it is empty
     */
    record TooOld(Question question, long since) implements Verdict {
        @Override
        public int exitCode() {
            return NOT_CERTAIN;
        }

        @Override
        public Style style() {
            return Style.DOUBTFUL;
        }
    }

    /**
     * The user may not read the log.
     *
     * @param reason names the file and the remedy
     */
    record NotPermitted(String reason) implements Verdict {
        @Override
        public int exitCode() {
            return NOT_PERMITTED;
        }

        @Override
        public Style style() {
            return Style.BAD;
        }
    }

    /** Exit code: found. */
    int FOUND = 0;

    /** Exit code: not seen, and the log is complete there. */
    int NOT_SEEN = 4;

    /** Exit code: not seen, but not certain. The log was blind there, or does not reach back so far. */
    int NOT_CERTAIN = 5;

    /** Exit code: the journal or the archive may not be read by this user. */
    int NOT_PERMITTED = 6;

    /** Returns the exit code of a command whose only answer this is. */
    int exitCode();

    /** Reports whether a larger log could not answer more. */
    default boolean isCertain() {
        return this instanceof Complete
                || this instanceof Found found && found.gaps().isEmpty();
    }

    /** Returns the style of the sentence. */
    Style style();
}
