// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

/** Who keeps connection tracking on. */
public enum Tracking {
    /** The service itself. */
    AUTO,
    /** The administrator's own rules. */
    EXTERNAL
}
