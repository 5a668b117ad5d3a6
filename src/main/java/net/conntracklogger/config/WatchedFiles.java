// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.nio.file.Path;
import java.util.List;

/** The name of a watch list, and the files that it is read from. */
public record WatchedFiles(String name, List<Path> files) {}
