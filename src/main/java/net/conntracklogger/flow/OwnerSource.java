// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** How the owner of a flow was found. */
public enum OwnerSource {
    /** eBPF programs noted it in the kernel, while the flow began. */
    BPF("bpf"),
    /** The kernel's socket diagnostics gave the socket of the flow. */
    SOCK_DIAG("sock_diag"),
    /** The socket tables in {@code /proc/net} gave it. */
    PROC("proc"),
    /** The flow comes in, and the socket is the one that listens. */
    LISTENER("listener");

    private final String text;

    OwnerSource(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
