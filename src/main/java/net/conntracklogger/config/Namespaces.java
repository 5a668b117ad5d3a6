// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

/** The network namespaces whose flows are logged. */
public enum Namespaces {
    /** The service's own namespace. */
    HOST,
    /** All namespaces with an id in the service's own (ip-netns(8)). */
    ALL
}
