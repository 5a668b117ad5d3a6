// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Shows lines by the pager of the user. Like systemd's tools, it uses SYSTEMD_PAGER, PAGER, less or more. */
public final class Pager {
    /**
     * Options of less that systemd sets. They quit if one screen is enough, keep colours, chop long lines, and leave
     * the screen as it is.
     */
    private static final String LESS = "FRSXMK";

    private final Map<String, String> environment;

    public Pager(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Shows lines and waits until the user is done.
     *
     * @return false if there is no pager, and nothing was shown
     */
    public boolean show(List<String> lines) throws IOException {
        Optional<String> command = command();
        if (command.isEmpty()) {
            return false;
        }
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command.get())
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("LESS", environment.getOrDefault("SYSTEMD_LESS", LESS));
        builder.environment().put("LESSCHARSET", environment.getOrDefault("SYSTEMD_LESSCHARSET", "utf-8"));
        // A pager may run no other program with the rights of an administrator.
        builder.environment().put("LESSSECURE", "1");
        Process pager = builder.start();
        try (PrintWriter out = new PrintWriter(pager.getOutputStream(), false, StandardCharsets.UTF_8)) {
            lines.forEach(out::println);
        }
        waitFor(pager);
        return true;
    }

    private Optional<String> command() {
        String named = environment.getOrDefault("SYSTEMD_PAGER", environment.get("PAGER"));
        if (named == null) {
            return Optional.of("if command -v less >/dev/null; then exec less; else exec more; fi");
        }
        return named.isBlank() || named.equals("cat") ? Optional.empty() : Optional.of("exec " + named);
    }

    private static void waitFor(Process pager) {
        try {
            pager.waitFor();
        } catch (InterruptedException e) {
            pager.destroy();
            Thread.currentThread().interrupt();
        }
    }
}
