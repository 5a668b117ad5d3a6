// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.config.Configuration;

/** Checks what the kernel offers: version, BTF, lockdown, modules, sysctls and the conntrack table. */
final class KernelChecks {
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");
    private static final int OLDEST_MAJOR = 6;
    private static final int OLDEST_MINOR = 1;
    private static final String SYSCTLS = "proc/sys/net/netfilter/";
    private static final long FULL_PERCENT = 95;
    private static final long FILLING_PERCENT = 80;

    private final HostFiles files;
    private final Configuration configuration;

    KernelChecks(HostFiles files, Configuration configuration) {
        this.files = files;
        this.configuration = configuration;
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>(List.of(version(), btf(), lockdown(), modules()));
        findings.addAll(sysctls());
        findings.add(table());
        return findings;
    }

    private Finding version() {
        String release = files.line("proc/sys/kernel/osrelease").orElse("unknown");
        Matcher parts = VERSION.matcher(release);
        if (parts.matches()) {
            int major = Integer.parseInt(parts.group(1));
            int minor = Integer.parseInt(parts.group(2));
            if (major > OLDEST_MAJOR || major == OLDEST_MAJOR && minor >= OLDEST_MINOR) {
                return Finding.ok("kernel", "Linux " + release);
            }
        }
        return Finding.warn("kernel", "Linux " + release + " is not tested", "use Linux 6.1 or later");
    }

    private Finding btf() {
        return files.exists("sys/kernel/btf/vmlinux")
                ? Finding.ok("BTF", "/sys/kernel/btf/vmlinux is there")
                : Finding.warn(
                        "BTF",
                        "/sys/kernel/btf/vmlinux is missing, so that no BPF program can be loaded",
                        "use a kernel with CONFIG_DEBUG_INFO_BTF; flows of short-lived processes are unattributed");
    }

    private Finding lockdown() {
        Optional<String> state = files.line("sys/kernel/security/lockdown");
        if (state.isPresent() && state.get().contains("[confidentiality]")) {
            return Finding.warn(
                    "lockdown",
                    "the mode confidentiality forbids BPF programs that read kernel memory",
                    "boot with lockdown=integrity; flows of short-lived processes are unattributed");
        }
        return Finding.ok(
                "lockdown",
                state.map(text -> text.replaceAll(".*\\[(.*)].*", "$1")).orElse("off"));
    }

    private Finding modules() {
        String name = "nf_conntrack_netlink";
        if (files.exists("sys/module/" + name)) {
            return Finding.ok("modules", name + " is loaded");
        }
        String kernel = "lib/modules/" + files.line("proc/sys/kernel/osrelease").orElse("");
        if (files.contains(kernel + "/modules.builtin", name + ".ko")) {
            return Finding.ok("modules", name + " is built into the kernel");
        }
        if (files.contains(kernel + "/modules.dep", name + ".ko")) {
            return Finding.ok("modules", name + " is loaded when the service starts");
        }
        return files.exists(SYSCTLS + "nf_conntrack_max")
                ? Finding.ok("modules", "conntrack is in the kernel")
                : Finding.fail("modules", "this kernel has no " + name, "install a kernel with CONFIG_NF_CT_NETLINK");
    }

    private List<Finding> sysctls() {
        List<Finding> findings = new ArrayList<>();
        if (files.number(SYSCTLS + "nf_conntrack_events").filter(on -> on == 0).isPresent()) {
            findings.add(Finding.fail(
                    "sysctls",
                    "net.netfilter.nf_conntrack_events is 0: conntrack sends no events",
                    "sysctl net.netfilter.nf_conntrack_events=2"));
        }
        if (configuration.receivesEnds()) {
            for (String name : List.of("nf_conntrack_acct", "nf_conntrack_timestamp")) {
                if (files.number(SYSCTLS + name).filter(on -> on == 0).isPresent()) {
                    findings.add(Finding.warn(
                            "sysctls",
                            "net.netfilter." + name + " is 0, so that flows that exist now end without "
                                    + (name.endsWith("acct") ? "bytes" : "duration"),
                            "write net.netfilter." + name + "=1 to a file in /etc/sysctl.d"));
                }
            }
        }
        return findings.isEmpty() ? List.of(Finding.ok("sysctls", "conntrack sends events")) : findings;
    }

    private Finding table() {
        Optional<Long> most = files.number(SYSCTLS + "nf_conntrack_max").filter(max -> max > 0);
        Optional<Long> count = files.number(SYSCTLS + "nf_conntrack_count");
        if (most.isEmpty() || count.isEmpty()) {
            return Finding.skip("conntrack table", "its size is not known here", "");
        }
        long percent = count.get() * 100 / most.get();
        String text = count.get() + " of " + most.get() + " flows (" + percent + " %)";
        String remedy =
                "raise net.netfilter.nf_conntrack_max; a full table drops packets, and these flows are not logged";
        if (percent >= FULL_PERCENT) {
            return Finding.fail("conntrack table", text, remedy);
        }
        return percent >= FILLING_PERCENT
                ? Finding.warn("conntrack table", text, remedy)
                : Finding.ok("conntrack table", text);
    }
}
