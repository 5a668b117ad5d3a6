// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.check;

import java.util.List;
import java.util.Optional;
import net.conntracklogger.answer.Evidence;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;

/** Checks the service and what it stands on: configuration, journald, clock. */
final class SystemChecks {
    private static final String JOURNALD = "journald.conf";
    private static final String ENABLED = "etc/systemd/system/multi-user.target.wants/conntrack-logger.service";
    /** Names and numbers of levels that leave out entries of flows. These have level info. */
    private static final List<String> TOO_SEVERE =
            List.of("emerg", "alert", "crit", "err", "warning", "notice", "0", "1", "2", "3", "4", "5");
    /** Bytes; struct timex of 64-bit Linux has 208. */
    private static final int TIMEX_SIZE = 256;
    /** {@code TIME_ERROR} of {@code linux/timex.h}: the clock is not synchronised. */
    private static final int TIME_ERROR = 5;

    private final HostFiles files;
    private final Evidence evidence;

    SystemChecks(HostFiles files, Evidence evidence) {
        this.files = files;
        this.evidence = evidence;
    }

    List<Finding> findings() {
        return List.of(service(), journald(), level(), storage(), clock());
    }

    private Finding service() {
        if (evidence.runningSince() == Evidence.NOT_RUNNING) {
            return Finding.fail(
                    "service",
                    "conntrack-logger.service does not run",
                    "systemctl enable --now conntrack-logger; if it fails: systemctl status conntrack-logger");
        }
        if (evidence.configurationChanged() > evidence.runningSince()) {
            return Finding.warn(
                    "service",
                    "the configuration changed after the service started",
                    "systemctl restart conntrack-logger");
        }
        return files.exists(ENABLED)
                ? Finding.ok("service", "runs, and starts at boot")
                : Finding.warn("service", "runs, but does not start at boot", "systemctl enable conntrack-logger");
    }

    private Finding journald() {
        return files.exists("run/systemd/journal/socket")
                ? Finding.ok("journald", "takes entries at /run/systemd/journal/socket")
                : Finding.fail(
                        "journald",
                        "/run/systemd/journal/socket is missing: nothing is logged",
                        "systemctl start systemd-journald.socket");
    }

    private Finding level() {
        Optional<String> level = files.setting(JOURNALD, "MaxLevelStore").filter(TOO_SEVERE::contains);
        return level.map(name -> Finding.fail(
                        "journal level",
                        "MaxLevelStore=" + name + " of journald.conf drops all flows, which have the level info",
                        "set MaxLevelStore=info or debug, and systemctl restart systemd-journald"))
                .orElseGet(() -> Finding.ok("journal level", "entries of level info are stored"));
    }

    private Finding storage() {
        String storage = files.setting(JOURNALD, "Storage").orElse("auto");
        if (storage.equals("none")) {
            return Finding.fail(
                    "journal storage", "Storage=none of journald.conf: nothing is kept", "set Storage=auto");
        }
        if (storage.equals("volatile") || !files.exists("var/log/journal") && !storage.equals("persistent")) {
            return Finding.warn(
                    "journal storage",
                    "the journal is kept in memory, and lost at a reboot",
                    "mkdir /var/log/journal && systemctl restart systemd-journald");
        }
        return Finding.ok("journal storage", "/var/log/journal");
    }

    private static Finding clock() {
        try (NativeBuffer timex = new NativeBuffer(TIMEX_SIZE)) {
            int state = LibC.adjtimex(timex.pointer());
            if (state < 0) {
                return Finding.skip("clock", "whether it is synchronised is not known here", "");
            }
            return state == TIME_ERROR
                    ? Finding.warn(
                            "clock",
                            "not synchronised: times may not be those of other hosts and sensors",
                            "apt install systemd-timesyncd, or chrony")
                    : Finding.ok("clock", "synchronised");
        }
    }
}
