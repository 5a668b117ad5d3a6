// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.fuzz.FuzzTarget;

/** Files of /proc/PID. Names in them are those of strangers. */
public final class ProcessTargets {
    private static final List<String> PROCESSES = List.of("curl", "hostile", "kthreadd", "nameless", "zombie");
    private static final List<String> CGROUPS = List.of(
            "0::/system.slice/cron.service\n",
            "12:pids:/a\n1:name=systemd:/user.slice/user-1000.slice/session-3.scope\n0::/\n",
            "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.example-1.scope (deleted)\n",
            "0::/machine.slice/machine-qemu\\x2d1\\x2ddebian.scope/libvirt/emulator\n",
            "0::/system.slice/docker-" + "0123456789abcdef".repeat(4) + ".scope\n",
            "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-"
                    + "0123456789abcdef".repeat(4) + ".scope\n",
            "0::/lxc.payload.web/system.slice/_a.service\n",
            "0::/../..\n");

    private ProcessTargets() {}

    private static List<byte[]> recorded(String name) {
        List<byte[]> contents = new ArrayList<>();
        for (String process : PROCESSES) {
            try {
                contents.add(Files.readAllBytes(Path.of(ProcessTargets.class
                        .getResource("proc/" + process + "/" + name)
                        .toURI())));
            } catch (IOException | URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return contents;
    }

    private static FuzzTarget target(List<byte[]> seeds, Consumer<byte[]> reader) {
        return new FuzzTarget() {
            @Override
            public List<byte[]> seeds() {
                return seeds;
            }

            @Override
            public void read(byte[] input) {
                reader.accept(input);
            }
        };
    }

    public static FuzzTarget stat() {
        return target(recorded("stat"), input -> {
            ProcessStat stat = ProcessStat.parse(ByteBuffer.wrap(input), input.length);
            if (stat != null) {
                stat.isSameImage(stat);
                stat.comm().printable();
            }
        });
    }

    public static FuzzTarget status() {
        return target(recorded("status"), input -> ProcessStatus.parse(new String(input, StandardCharsets.ISO_8859_1)));
    }

    /** The file, and its bytes as a path. */
    public static FuzzTarget cgroup() {
        List<byte[]> seeds = CGROUPS.stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
        return target(seeds, input -> {
            check(ProcessCgroup.parse(input));
            check(UnitPath.parse(RawText.copyOf(input, 0, input.length)));
        });
    }

    private static void check(ControlGroup group) {
        if (group == null) {
            return;
        }
        for (String part : new String[] {group.service(), group.unit(), group.slice(), group.machine()}) {
            if (part != null && part.isEmpty()) {
                throw new IllegalStateException("a part of " + group + " is empty");
            }
        }
    }
}
