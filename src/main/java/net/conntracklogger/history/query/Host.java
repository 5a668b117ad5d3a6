// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

/**
 * A host among many.
 *
 * @param id what makes it another than all others: its machine-id(5), or the name of the folder with its log
 * @param name its name for people
 */
public record Host(String id, String name) {}
