// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Threads of the service and what they share. Holds the work of a thread, lookups in the background, a bounded map and a
 * bounded set, resources, and failures that are survived.
 * Imports the JDK only.
 * Invariant: knows neither flows nor the kernel, and no thread waits for the thread that queries a source.
 */
package net.conntracklogger.concurrent;
