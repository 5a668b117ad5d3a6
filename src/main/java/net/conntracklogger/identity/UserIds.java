// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.linux.LinuxException;

/** Finds the ids of users by their names, for rules that name users. */
public final class UserIds {
    /** Maximum wait for all names. A name service can hang, and the service is to start without it. */
    private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(1);

    private UserIds() {}

    /** Returns the ids of the users that exist. A user whose name service does not answer within a second is left out. */
    public static Map<String, Long> of(Set<String> names) {
        Map<String, Long> ids = new ConcurrentHashMap<>();
        if (names.isEmpty()) {
            return Map.of();
        }
        Thread thread = new Thread(() -> lookUp(names, ids), "user-ids");
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Map.copyOf(ids);
    }

    private static void lookUp(Set<String> names, Map<String, Long> ids) {
        try (AccountDatabase accounts = new AccountDatabase()) {
            for (String name : names) {
                accounts.uid(name).ifPresent(uid -> ids.put(name, uid));
            }
        } catch (LinuxException e) {
            // The names that are missing are reported by the caller.
        }
    }
}
