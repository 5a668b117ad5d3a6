// SPDX-License-Identifier: GPL-3.0-or-later

/**
 * Network namespaces, sockets, cgroups and processes for tests against the kernel, and assertions about flows. Imports
 * {@code flow}, {@code linux} and the tests' own {@code process.ProcFacts}. Invariant: what a test creates is closed after
 * the test, also if the test fails; processes and network namespaces end with the JVM, even if it is killed.
 */
package net.conntracklogger.testbed;
