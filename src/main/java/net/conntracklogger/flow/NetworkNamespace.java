// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * A network namespace other than that of the service.
 *
 * @param id its id in the namespace of the service ({@code RTM_GETNSID}). The kernel reuses the id when the namespace is gone
 * @param name name of its file in {@code /run/netns} (ip-netns(8)); else {@code net:[INODE]}, as {@code /proc/PID/ns/net}
 *     has it; else {@code nsid:ID}
 * @param inode distinguishes it from all namespaces that exist at the same time; 0 if unknown
 */
public record NetworkNamespace(int id, String name, long inode) {}
