// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** The way in which an owner was found. */
public enum OwnerSource {
    /** By the record that a BPF program wrote when the flow began. */
    BPF("bpf"),
    /** By the socket of the flow, looked up with sock_diag(7). */
    SOCK_DIAG("sock_diag"),
    /** By the socket of the flow, looked up in {@code /proc/net}. */
    PROC("proc"),
    /** By the listening socket of an inbound flow. */
    LISTENER("listener");

    private final String text;

    OwnerSource(String text) {
        this.text = text;
    }

    /** Returns the value of PID_SOURCE. */
    public String text() {
        return text;
    }
}
