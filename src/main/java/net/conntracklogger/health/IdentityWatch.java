// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.List;
import java.util.Optional;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.linux.LinuxException;

/** Keeps what is known of units up to date, and tells when something that entries need does not answer. */
public final class IdentityWatch implements Stage {
    private static final int IDLE_MILLIS = 250;

    private final Identities identities;
    private List<String> silent = List.of();

    public IdentityWatch(Identities identities) {
        this.identities = identities;
    }

    @Override
    public void work() throws LinuxException {
        identities.watch(IDLE_MILLIS);
    }

    /** Looks, about once a second; answers what the administrator must know. */
    public Optional<Notice> look() {
        List<String> now = identities.silent();
        if (now.equals(silent)) {
            return Optional.empty();
        }
        silent = now;
        return Optional.of(
                now.isEmpty()
                        ? new Notice(Notice.Kind.IDENTITY_COMPLETE, "what did not answer answers again")
                        : new Notice(
                                Notice.Kind.IDENTITY_REDUCED,
                                "entries lack fields of what does not answer: " + String.join(", ", now)));
    }

    /** How many entries lack a field, for a line that says how it goes; empty where none does. */
    public String status() {
        StringBuilder text = new StringBuilder();
        if (identities.withoutUser() > 0) {
            text.append("; without the user's name: ").append(identities.withoutUser());
        }
        if (identities.withoutDigest() > 0) {
            text.append("; without the executable's hash: ").append(identities.withoutDigest());
        }
        return text.toString();
    }

    @Override
    public void finish() {
        // Nothing is held back.
    }
}
