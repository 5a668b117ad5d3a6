// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.conntracklogger.flow.CommandLines;

/** What the JDK and plain reads of /proc say of a process, to compare with. */
public record ProcFacts(
        long startMicros,
        long uid,
        long gid,
        String comm,
        String exe,
        String commandLine,
        long parent,
        List<String> controlGroups) {

    /** Returns {@code btime} of /proc/stat, which the JDK uses, in microseconds. It is in whole seconds. */
    public static long bootMicros() throws IOException {
        return Files.readAllLines(Path.of("/proc/stat")).stream()
                .filter(line -> line.startsWith("btime "))
                .mapToLong(line -> Long.parseLong(line.substring("btime ".length())) * 1_000_000)
                .findAny()
                .orElseThrow();
    }

    public static ProcFacts of(long pid) throws IOException {
        Path directory = Path.of("/proc", Long.toString(pid));
        ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
        ByteBuffer arguments = ByteBuffer.wrap(Files.readAllBytes(directory.resolve("cmdline")));
        return new ProcFacts(
                handle.info().startInstant().orElseThrow().toEpochMilli() * 1000,
                ((Integer) Files.getAttribute(directory, "unix:uid")).longValue(),
                ((Integer) Files.getAttribute(directory, "unix:gid")).longValue(),
                Files.readString(directory.resolve("comm")).strip(),
                Files.readSymbolicLink(directory.resolve("exe")).toString(),
                CommandLines.YES
                        .quote(arguments, arguments.capacity(), /* cut= */ false)
                        .toString(),
                handle.parent().orElseThrow().pid(),
                Files.readAllLines(directory.resolve("cgroup")).stream()
                        .map(line -> line.substring(line.indexOf('/')))
                        .toList());
    }
}
