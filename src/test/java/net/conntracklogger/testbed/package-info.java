// SPDX-License-Identifier: GPL-3.0-or-later

/**
 * What integration tests stand on: network namespaces, sockets and processes of their own, which all go with the test,
 * however it ends. Needs root.
 */
package net.conntracklogger.testbed;
