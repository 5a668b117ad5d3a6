// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import net.conntracklogger.answer.Evidence;
import net.conntracklogger.answer.FlowSet;
import net.conntracklogger.answer.LogWitness;
import net.conntracklogger.history.LogPlaces;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.Host;
import net.conntracklogger.history.query.TimeSpan;

/** The archives and journals of many hosts that were copied into directories. There is a folder a host, with its name. */
public final class ArchivedFleet implements FleetLog {
    private static final class Copied {
        private final Host host;
        private final WholeLog log;
        /** Why flows of the host may be missing; null: all was read. */
        private IOException failure;

        Copied(Host host, WholeLog log) {
            this.host = host;
            this.log = log;
        }
    }

    private final List<Copied> hosts;
    private final long now;

    private ArchivedFleet(List<Copied> hosts, long now) {
        this.hosts = hosts;
        this.now = now;
    }

    /**
     * Opens the logs in all folders of some directories.
     *
     * @param now the time, microseconds since the epoch
     * @throws IOException if two folders have one name, or there is none
     */
    public static ArchivedFleet open(List<Path> directories, long now) throws IOException {
        TreeMap<String, Path> folders = new TreeMap<>();
        for (Path directory : directories) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, Files::isDirectory)) {
                for (Path folder : found) {
                    Path other = folders.put(folder.getFileName().toString(), folder);
                    if (other != null) {
                        throw new IOException("cannot read " + other + " and " + folder
                                + " as two hosts: they have one name; rename a folder");
                    }
                }
            }
        }
        if (folders.isEmpty()) {
            throw new IOException("cannot find a host in " + directories
                    + ": there is no folder in it; copy the archive of each host into a folder of its own");
        }
        List<LogPlaces> places = new ArrayList<>();
        for (Path folder : folders.values()) {
            places.add(LogPlaces.inDirectory(folder));
        }
        List<WholeLog> logs = WholeLog.openAll(places);
        List<Copied> hosts = new ArrayList<>();
        for (String name : folders.keySet()) {
            hosts.add(new Copied(new Host(name, name), logs.get(hosts.size())));
        }
        return new ArchivedFleet(hosts, now);
    }

    @Override
    public List<FoundFlows> flows(List<FlowQuery> queries, int most) throws IOException {
        List<FoundFlows> all = new ArrayList<>();
        for (FlowQuery query : queries) {
            FoundFlows found = new FoundFlows(List.of(), true);
            for (Copied host : hosts) {
                found = found.with(flows(host, query, most), most);
            }
            all.add(found);
        }
        return all;
    }

    private static FoundFlows flows(Copied host, FlowQuery query, int most) throws IOException {
        FlowSet flows = new FlowSet(most);
        try {
            host.log.flows(query, row -> flows.take(row.of(host.host)));
        } catch (NotPermittedException e) {
            throw e;
        } catch (IOException e) {
            host.failure = e;
        }
        return FoundFlows.of(flows);
    }

    @Override
    public List<HostLog> hosts(TimeSpan span) {
        List<HostLog> logs = new ArrayList<>();
        for (Copied host : hosts) {
            LogWitness witness = new LogWitness(host.log, Evidence.none(now));
            logs.add(new HostLog(host.host, host.failure == null ? witness : new UnreadWitness(witness, host.failure)));
        }
        return logs;
    }

    @Override
    public void close() throws IOException {
        for (Copied host : hosts) {
            host.log.close();
        }
    }
}
