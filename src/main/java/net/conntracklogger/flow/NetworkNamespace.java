// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * A network namespace other than the one that the service is in.
 *
 * @param id by which the service's namespace knows it (RTM_GETNSID); the next one has it as soon as this one is gone
 * @param name that of its file in /run/netns (ip-netns(8)); else {@code net:[INODE]}, as {@code /proc/PID/ns/net} of its
 *     processes reads; else {@code nsid:ID}
 * @param inode what tells it from all others that are there at the time; 0 where it is not known
 */
public record NetworkNamespace(int id, String name, long inode) {}
