// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.nio.file.Path;
import java.time.ZoneId;

/**
 * Where a report comes from.
 *
 * @param host name of the host; null if the log was brought from elsewhere
 * @param directory where such a log is; null if it is that of the host
 * @param version of the program that made the report; null if it is not installed
 * @param made when the report was made, microseconds since the epoch
 * @param zone time zone in which people read its times
 */
public record Origin(String host, Path directory, String version, long made, ZoneId zone) {}
