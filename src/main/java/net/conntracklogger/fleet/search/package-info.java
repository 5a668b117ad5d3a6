// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The entries of many hosts in OpenSearch or Elasticsearch, asked over its search API.
 *
 * <p>Imports {@code fleet.template}, {@code question}, {@code history.query}, {@code config} and the JDK.
 *
 * <p>Invariant: an answer is whole or an error. Reads only; nothing is written to the cluster.
 */
package net.conntracklogger.fleet.search;
