// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.question.Criterion;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The arguments that say which flows. */
final class CriteriaOptions {
    private static final long LARGEST_PID = 1L << 22;

    @Parameters(
            paramLabel = "WHAT",
            arity = "0..*",
            description = "Address, ADDRESS:PORT, [ADDRESS]:PORT, network, host name or Community ID. All must match.")
    private List<String> what = List.of();

    @Option(
            names = "--watch",
            paramLabel = "FILE",
            description = "Flows from or to an address, network or name of this watch list.")
    private Path watch;

    @Option(names = "--port", paramLabel = "PORT", description = "Flows from or to this port.")
    private String port;

    @Option(names = "--service", paramLabel = "UNIT", description = "Flows of this unit.")
    private String service;

    @Option(names = "--pid", paramLabel = "PID", description = "Flows of this process.")
    private Long pid;

    @Option(names = "--user", paramLabel = "USER", description = "Flows of this user, by name or id.")
    private String user;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** Reports whether an argument without an option is given. */
    boolean hasOperands() {
        return !what.isEmpty();
    }

    /**
     * Returns the conditions, all of which a flow must meet.
     *
     * @throws IOException if the watch list cannot be read
     */
    List<Criterion> read() throws IOException {
        List<Criterion> criteria = Usage.read(command, this::criteria);
        if (watch != null) {
            criteria.add(Criterion.Listed.read(watch));
        }
        return criteria;
    }

    private List<Criterion> criteria() {
        List<Criterion> criteria = new ArrayList<>();
        what.forEach(text -> criteria.add(Criterion.read(text)));
        Stream.of(Criterion.Name.class, Criterion.Community.class).forEach(kind -> {
            if (criteria.stream().filter(kind::isInstance).count() > 1) {
                throw new IllegalArgumentException("ask for one host name or Community ID at a time");
            }
        });
        if (port != null) {
            criteria.add(new Criterion.Port(Criterion.port(port)));
        }
        if (service != null) {
            criteria.add(Criterion.service(service));
        }
        if (pid != null) {
            if (pid < 1 || pid > LARGEST_PID) {
                throw new IllegalArgumentException("--pid: use a number from 1 to " + LARGEST_PID);
            }
            criteria.add(new Criterion.ProcessId(pid.intValue()));
        }
        if (user != null) {
            criteria.add(Criterion.user(user));
        }
        return criteria;
    }
}
