// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.filter.RuleException;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Protocol;

/** Reads the configuration file and its drop-ins. A later setting overrides an earlier one. */
public final class ConfigurationReader {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,10})([KMG]?)");
    private static final int SMALLEST_BUFFER = 64 << 10;
    private static final int LARGEST_BUFFER = 1 << 30;
    private static final int LARGEST_QUEUE = 10_000_000;
    /** "who --fleet" relies on a summary being written within a day. */
    private static final int LONGEST_AGGREGATE = 86_400;

    private static final int SMALLEST_FLOOD = 10;
    private static final int LARGEST_FLOOD = 10_000_000;
    private static final int SMALLEST_MAP = 16;
    private static final int LARGEST_MAP = 16 << 20;

    private ConfigurationReader() {}

    /**
     * Reads the default file, if it exists, and its drop-ins. These are the {@code *.conf} files of the directory
     * {@code FILE.d} in the order of their names.
     *
     * @throws ConfigurationException at the first mistake
     */
    public static Configuration read(Path file) throws ConfigurationException {
        // Does not use Files.exists, which is also false if a directory of the path denies access.
        return Files.notExists(file) ? withDropIns(List.of(), file) : readExisting(file);
    }

    /**
     * Reads a file that the user named, and its drop-ins. These are the {@code *.conf} files of the directory
     * {@code FILE.d} in the order of their names.
     *
     * @throws ConfigurationException at the first mistake, and if the file does not exist
     */
    public static Configuration readExisting(Path file) throws ConfigurationException {
        return withDropIns(IniFile.read(file), file);
    }

    private static Configuration withDropIns(List<Setting> ofFile, Path file) throws ConfigurationException {
        List<Setting> settings = new ArrayList<>(ofFile);
        for (Path dropIn : dropIns(file.resolveSibling(file.getFileName() + ".d"))) {
            settings.addAll(IniFile.read(dropIn));
        }
        ConfigurationDraft draft = new ConfigurationDraft();
        for (Setting setting : settings) {
            apply(draft, setting);
        }
        return draft.finish();
    }

    private static Set<Path> dropIns(Path directory) throws ConfigurationException {
        Set<Path> files = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.conf")) {
            entries.forEach(files::add);
        } catch (NoSuchFileException e) {
            return Set.of();
        } catch (IOException e) {
            throw IniFile.unreadable(directory, e);
        }
        return files;
    }

    private static void apply(ConfigurationDraft to, Setting setting) throws ConfigurationException {
        switch (setting.section()) {
            case "Capture" -> applyCapture(to, setting);
            case "Log" -> applyLog(to, setting);
            case "Archive" -> to.archive = to.archive.with(setting);
            case "Fleet" -> to.fleet = to.fleet.with(setting);
            default -> {
                if (!to.named.apply(setting)) {
                    throw new ConfigurationException(
                            "%s: [%s]: unknown section; use [Capture], [Log], [Archive], [Fleet], [Watch NAME] or [Expect UNIT]"
                                    .formatted(setting.place(), setting.section()));
                }
            }
        }
    }

    private static void applyCapture(ConfigurationDraft to, Setting setting) throws ConfigurationException {
        switch (setting.key()) {
            case "Tracking" -> to.tracking = tracking(setting);
            case "ReceiveBuffer" -> to.receiveBuffer = size(setting, SMALLEST_BUFFER, LARGEST_BUFFER);
            case "Queue" -> to.queue = size(setting, 1, LARGEST_QUEUE);
            case "Attribution" -> to.attribution = layers(setting);
            case "KernelFlows" -> to.kernelFlows = size(setting, SMALLEST_MAP, LARGEST_MAP);
            case "KernelProcesses" -> to.kernelProcesses = size(setting, SMALLEST_MAP, LARGEST_MAP);
            case "Namespaces" -> to.namespaces = namespaces(setting);
            default ->
                throw setting.wrong("unknown key; use Tracking, ReceiveBuffer, Queue, Attribution, KernelFlows,"
                        + " KernelProcesses or Namespaces");
        }
    }

    private static void applyLog(ConfigurationDraft to, Setting setting) throws ConfigurationException {
        switch (setting.key()) {
            case "Events" -> to.events = events(setting);
            case "Existing" -> to.existing = yesOrNo(setting);
            case "OpenFlows" -> to.openFlows = size(setting, 1, LARGEST_MAP);
            case "Protocols" -> to.protocols = protocols(setting);
            case "Include" -> addRule(to.include, setting);
            case "Exclude" -> addRule(to.exclude, setting);
            case "CommandLine" -> to.commandLine = commandLines(setting);
            case "HashExecutables" -> to.hashExecutables = yesOrNo(setting);
            case "Aggregate" -> to.aggregate = aggregate(setting);
            case "FloodRate" -> to.floodRate = floodRate(setting);
            case "ProgressSec" -> to.progressSec = seconds(setting);
            case "FirstSeen" -> to.firstSeen = firstSeen(setting);
            case "StatisticsSec" -> to.statisticsSec = seconds(setting);
            case "Metrics" -> to.metrics = file(setting);
            default ->
                throw setting.wrong(
                        "unknown key; use Events, Existing, OpenFlows, Protocols, Include, Exclude, CommandLine,"
                                + " HashExecutables, Aggregate, FloodRate, ProgressSec, FirstSeen, StatisticsSec or Metrics");
        }
    }

    private static Set<FlowEvent.Kind> events(Setting setting) throws ConfigurationException {
        Set<FlowEvent.Kind> events = EnumSet.noneOf(FlowEvent.Kind.class);
        for (String word : setting.value().split("\\s+")) {
            events.add(
                    switch (word) {
                        case "new" -> FlowEvent.Kind.NEW;
                        case "end" -> FlowEvent.Kind.END;
                        default -> throw setting.wrong("use new, end, or new end");
                    });
        }
        return events;
    }

    private static Set<OwnerSource> layers(Setting setting) throws ConfigurationException {
        Set<OwnerSource> layers = EnumSet.noneOf(OwnerSource.class);
        for (String word : setting.value().split("\\s+")) {
            layers.add(
                    switch (word) {
                        case "bpf" -> OwnerSource.BPF;
                        case "sock_diag" -> OwnerSource.SOCK_DIAG;
                        case "proc" -> OwnerSource.PROC;
                        default ->
                            throw setting.wrong("unknown layer '" + word
                                    + "'; use one or more of bpf sock_diag proc, separated by spaces");
                    });
        }
        return layers;
    }

    private static Tracking tracking(Setting setting) throws ConfigurationException {
        return switch (setting.value()) {
            case "auto" -> Tracking.AUTO;
            case "external" -> Tracking.EXTERNAL;
            default -> throw setting.wrong("use auto or external");
        };
    }

    private static Namespaces namespaces(Setting setting) throws ConfigurationException {
        return switch (setting.value()) {
            case "host" -> Namespaces.HOST;
            case "all" -> Namespaces.ALL;
            default -> throw setting.wrong("use host or all");
        };
    }

    private static CommandLines commandLines(Setting setting) throws ConfigurationException {
        if (setting.value().equals("redact")) {
            return CommandLines.REDACT;
        }
        return yesOrNo(setting, "use yes, no or redact") ? CommandLines.YES : CommandLines.NO;
    }

    private static boolean yesOrNo(Setting setting) throws ConfigurationException {
        return yesOrNo(setting, "use yes or no");
    }

    private static boolean yesOrNo(Setting setting, String right) throws ConfigurationException {
        return switch (setting.value().toLowerCase(Locale.ROOT)) {
            case "yes", "true", "on", "1" -> true;
            case "no", "false", "off", "0" -> false;
            default -> throw setting.wrong(right);
        };
    }

    private static boolean firstSeen(Setting setting) throws ConfigurationException {
        return switch (setting.value()) {
            case "service-destination" -> true;
            case "no" -> false;
            default -> throw setting.wrong("use service-destination or no");
        };
    }

    private static int size(Setting setting, int smallest, int largest) throws ConfigurationException {
        Matcher matcher = SIZE.matcher(setting.value());
        if (!matcher.matches()) {
            throw setting.wrong("use a whole number; K, M or G behind it multiplies it by 1024, 1024^2 or 1024^3");
        }
        int shift = "KMG".indexOf(matcher.group(2)) * 10 + 10;
        long value = Long.parseLong(matcher.group(1)) << (matcher.group(2).isEmpty() ? 0 : shift);
        if (value < smallest || value > largest) {
            throw setting.wrong("use a number from " + smallest + " to " + largest);
        }
        return (int) value;
    }

    private static int seconds(Setting setting) throws ConfigurationException {
        if (setting.value().equals("no")) {
            return 0;
        }
        long seconds = TimeValue.seconds(setting.value()).orElse(-1);
        if (seconds < 0 || seconds > Integer.MAX_VALUE) {
            throw setting.wrong("use a time such as 90s, 15min or 1h, or no");
        }
        return (int) seconds;
    }

    private static int aggregate(Setting setting) throws ConfigurationException {
        int seconds = seconds(setting);
        if (seconds > LONGEST_AGGREGATE) {
            throw setting.wrong("use a time of at most 24h, or no");
        }
        return seconds;
    }

    private static int floodRate(Setting setting) throws ConfigurationException {
        if (setting.value().equals("no")) {
            return 0;
        }
        int rate = setting.value().matches("\\d{1,8}") ? Integer.parseInt(setting.value()) : 0;
        if (rate < SMALLEST_FLOOD || rate > LARGEST_FLOOD) {
            throw setting.wrong("use flows a second from " + SMALLEST_FLOOD + " to " + LARGEST_FLOOD + ", or no");
        }
        return rate;
    }

    static Optional<Path> file(Setting setting) throws ConfigurationException {
        if (setting.value().isEmpty()) {
            return Optional.empty();
        }
        if (!setting.value().startsWith("/") || setting.value().endsWith("/")) {
            throw setting.wrong("use the absolute path of a file, or nothing");
        }
        return Optional.of(Path.of(setting.value()));
    }

    /** Adds a rule to those of earlier settings; an empty value drops them. */
    static void addRule(List<FlowRule> to, Setting setting) throws ConfigurationException {
        if (setting.value().isEmpty()) {
            to.clear();
            return;
        }
        try {
            to.add(FlowRule.parse(setting.value()));
        } catch (RuleException e) {
            throw setting.wrong(e.getMessage());
        }
    }

    private static Set<Protocol> protocols(Setting setting) throws ConfigurationException {
        Set<Protocol> protocols = new HashSet<>();
        boolean all = false;
        for (String word : setting.value().split("\\s+")) {
            if (word.equals("all")) {
                all = true;
            } else {
                protocols.add(Protocol.parse(word)
                        .orElseThrow(() -> setting.wrong("unknown protocol '" + word
                                + "'; use all, or numbers from 0 to 255 and names of tcp udp icmp icmpv6 sctp udplite dccp"
                                + " gre, separated by spaces")));
            }
        }
        return all ? Set.of() : Set.copyOf(protocols);
    }
}
