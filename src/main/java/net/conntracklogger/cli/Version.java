// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import picocli.CommandLine.IVersionProvider;

/** The version in the jar's manifest. */
public final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"conntrack-logger " + Version.class.getPackage().getImplementationVersion()};
    }
}
