// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

/** The network namespaces whose flows are logged. */
public enum Namespaces {
    /** The host namespace, which is the network namespace of the service. */
    HOST,
    /** All namespaces that have an id in the host namespace (ip-netns(8)). */
    ALL
}
