// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.bpf.BpfMap;
import net.conntracklogger.linux.bpf.BpfObject;

/**
 * The maps and links that systemd keeps while the service restarts. The programs go on recording owners meanwhile. They
 * are used again if their layout, sizes and namespaces are the same, also by programs of another version. If not, the
 * programs of the process before stay attached until those of this process are, whose maps begin empty. Not
 * thread-safe.
 */
public final class KeptPrograms implements Closeable {
    /** Not {@code counters} and {@code scratch_buffers}: this process counts from 0, and scratch has no meaning later. */
    private static final List<String> MAPS = List.of(
            "initiators",
            "acceptors",
            "traces",
            "processes",
            "command_parts",
            "cgroups",
            "questions",
            "answers",
            "packet_sockets",
            "attempts",
            "refusals",
            "latest",
            "users",
            "many",
            "exchange");

    /**
     * Version of the layout. It increases if a struct in a map, or its meaning, changes. Programs would misread records
     * of another version.
     */
    static final int LAYOUT = 1;

    private static final String ALL = "bpf-";
    private static final int ID_LENGTH = 16;

    private final Handover handover;
    private final String prefix;
    private final Map<String, FileDescriptor> kept = new TreeMap<>();
    /** What stays attached until the programs of this process are. */
    private final List<FileDescriptor> unusable = new ArrayList<>();
    /** What systemd has under a name that nothing of this process has. */
    private final Set<String> unused = new TreeSet<>();

    private boolean replaces;
    private long attached;

    private KeptPrograms(Handover handover, String prefix) {
        this.handover = handover;
        this.prefix = prefix;
    }

    /**
     * Takes over what the process before left, if it can be used.
     *
     * @param object the object file
     * @param entries of each map by name
     * @param config the {@code struct config} of this process, whose time becomes that of the process before
     */
    static KeptPrograms take(Handover handover, String object, Map<String, Integer> entries, NativeBuffer config) {
        KeptPrograms programs = new KeptPrograms(handover, ALL + id(object, entries) + "-");
        for (String name : handover.names()) {
            if (name.startsWith(programs.prefix)) {
                String part = name.substring(programs.prefix.length());
                programs.kept.put(part, handover.take(name).orElseThrow());
                programs.unused.add(part);
            }
        }
        if (!programs.hasAllMaps() || !programs.adoptTime(config)) {
            programs.unusable.addAll(programs.kept.values());
            programs.kept.clear();
        }
        programs.replaces =
                !programs.unusable.isEmpty() || handover.names().stream().anyMatch(name -> name.startsWith(ALL));
        return programs;
    }

    /** Returns a name for the form of the maps. Programs that give them the same name can use the same maps. */
    private static String id(String object, Map<String, Integer> entries) {
        List<String> form = new ArrayList<>(List.of("layout " + LAYOUT, new TreeMap<>(entries).toString()));
        try (BpfObject opened = BpfObject.open(object)) {
            MAPS.forEach(map -> form.add(opened.form(map)));
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(String.join("\n", form).getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest()).substring(0, ID_LENGTH);
        } catch (LinuxException e) {
            return "unreadable"; // libbpf reports the reason
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private boolean hasAllMaps() {
        return kept.containsKey(BpfObject.CONFIG_MAP) && MAPS.stream().allMatch(kept::containsKey);
    }

    private boolean adoptTime(NativeBuffer config) {
        try (BpfMap former = new BpfMap(
                kept.get(BpfObject.CONFIG_MAP).number(), Integer.BYTES, config.size(), /* volatileBytes= */ 0)) {
            return former.find() && ProgramConfig.adoptTime(config.bytes(), former.value());
        }
    }

    /** Lets an object use the kept maps, before it is loaded. */
    void reuseMaps(BpfObject object) {
        for (String map : MAPS) {
            if (kept.containsKey(map)) {
                object.reuse(map, kept.get(map).number());
            }
        }
    }

    /** Attaches a program, in place of that of its kept link, if any. No packet passes in between. */
    void attach(BpfObject object, String program, int cgroup) throws LinuxException {
        unused.remove(program);
        Optional<FileDescriptor> link = Optional.ofNullable(kept.get(program));
        if (link.isEmpty() || !object.update(program, link.get().number())) {
            link.ifPresent(unusable::add);
            kept.remove(program);
            handover.replace(prefix + program, object.attach(program, cgroup));
        }
    }

    /** Leaves the maps of a loaded object, whose programs are attached, for the next process. */
    void leaveMaps(BpfObject object) {
        unusable.forEach(FileDescriptor::close);
        if (!kept.containsKey(BpfObject.CONFIG_MAP)) {
            MAPS.forEach(map -> handover.replace(prefix + map, object.descriptor(map)));
            handover.replace(prefix + BpfObject.CONFIG_MAP, object.descriptor(BpfObject.CONFIG_MAP));
        }
        unused.removeAll(MAPS);
        unused.remove(BpfObject.CONFIG_MAP);
        // Programs that this version does not have.
        unused.forEach(name -> Optional.ofNullable(kept.remove(name)).ifPresent(FileDescriptor::close));
        dropUnused();
        attached = kept.isEmpty() ? 0 : handover.memory().programsAttached();
        attached = attached == 0 ? System.nanoTime() : attached;
        handover.memory().setProgramsAttached(attached);
    }

    /** Returns the {@link System#nanoTime} since when the programs write to the maps of this process. */
    long attached() {
        return attached;
    }

    /** Reports whether the process before left records that this process does not use. */
    boolean replacesRecords() {
        return replaces;
    }

    /** Has systemd drop what nothing of this process uses. Called when the start has succeeded or failed. */
    void dropUnused() {
        unused.forEach(name -> handover.drop(prefix + name));
    }

    /** Closes this service's descriptors of maps and links. The programs stay attached, because systemd holds the links too. */
    @Override
    public void close() {
        unusable.forEach(FileDescriptor::close);
        kept.values().forEach(FileDescriptor::close);
    }
}
