// SPDX-License-Identifier: GPL-3.0-or-later

/** Readers of bytes from outside, on inputs that a machine makes. Each target stands beside the reader, in its package. */
package net.conntracklogger.fuzz;
