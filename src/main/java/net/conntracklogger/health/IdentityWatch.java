// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import net.conntracklogger.flow.Notice;

/** Reports which fields entries lack because a source does not answer. An example is the account database. */
public final class IdentityWatch implements Watch {
    private final Supplier<Map<String, String>> silent;
    private final Map<String, LongSupplier> without;
    private Map<String, String> reported = Map.of();

    /**
     * Starts to watch.
     *
     * @param silent fields whose source does not answer now, each with the reason
     * @param without by the name of a field, entries since the start that lack it because it was not known in time
     */
    public IdentityWatch(Supplier<Map<String, String>> silent, Map<String, LongSupplier> without) {
        this.silent = silent;
        this.without = without;
    }

    /** Returns the notice that entries lack these fields; each is given with the reason. */
    public static Notice missing(Map<String, String> fields) {
        return new Notice(
                Notice.Kind.IDENTITY_REDUCED,
                fields.entrySet().stream()
                        .map(field -> "%s (%s)".formatted(field.getKey(), field.getValue()))
                        .collect(Collectors.joining(", ", "fields missing: ", "")));
    }

    @Override
    public Optional<Notice> check() {
        Map<String, String> before = reported;
        reported = silent.get();
        if (reported.equals(before)) {
            return Optional.empty();
        }
        return Optional.of(
                reported.isEmpty()
                        ? new Notice(
                                Notice.Kind.IDENTITY_COMPLETE,
                                "fields complete again: " + String.join(", ", before.keySet()))
                        : missing(reported));
    }

    @Override
    public String status() {
        List<String> parts = new ArrayList<>();
        without.forEach((field, count) -> {
            long entries = count.getAsLong();
            if (entries > 0) {
                parts.add("%d entries without %s".formatted(entries, field));
            }
        });
        return String.join("; ", parts);
    }
}
