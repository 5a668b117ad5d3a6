// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

/** What the values of a journal field are. Whatever stores or indexes the fields chooses its own types by these. */
public enum FieldType {
    /** An IPv4 or IPv6 address. */
    ADDRESS,
    /** Microseconds since the epoch. */
    TIME,
    /** A whole number that people compare or sum up. */
    NUMBER,
    /** One of a few values, or a name, which is searched for as a whole. */
    WORD,
    /** A Community ID, which is searched for as a whole, never sorted or grouped. */
    ID,
    /** Text of people and processes, whose words are searched for. */
    TEXT,
    /** A value that is only shown. */
    SHOWN
}
