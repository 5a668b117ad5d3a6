// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

/** Selects who enables connection tracking. */
public enum Tracking {
    /** The service, by an nft table of its own. */
    AUTO,
    /** The administrator's own rules. The service warns if no rule does. */
    EXTERNAL
}
