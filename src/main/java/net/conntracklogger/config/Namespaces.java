// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

/** Network namespaces. */
public enum Namespaces {
    /** The one that the service is in. */
    HOST,
    /** All that have an id in that one. */
    ALL
}
