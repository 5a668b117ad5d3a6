// SPDX-License-Identifier: GPL-3.0-or-later

/**
 * The C library as the other packages use it. Holds system calls, memory for C, descriptors, errors, byte order.
 * Imports the JDK and JNA only.
 * Invariant: decides nothing about flows or processes, and keeps no state beyond what its objects own.
 */
package net.conntracklogger.linux;
