// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.TextForm;

/**
 * Reads the path of a control group by systemd's rules (systemd.unit(5)). They are those of {@code cg_path_get_unit()}
 * and the functions beside it in {@code src/basic/cgroup-util.c}. The {@code _SYSTEMD_*} fields of journald follow the
 * same rules.
 */
public final class UnitPath {
    /** Characters that systemd allows in the name of a unit. */
    private static final String WORD = "[A-Za-z0-9:_.\\\\-]+";

    private static final Pattern SLICE = Pattern.compile(WORD + "\\.slice");
    /** A plain unit or an instance; a template ({@code getty@.service}) holds no process. */
    private static final Pattern UNIT = Pattern.compile(WORD + "(@[A-Za-z0-9:_.\\\\@-]+)?"
            + "\\.(service|scope|socket|mount|swap|automount|target|path|timer|device)");

    /** {@code UNIT_NAME_MAX}, which counts the NUL at the end. */
    private static final int UNIT_NAME_MAX = 256;

    private static final Pattern USER_MANAGER = Pattern.compile("user@(\\d+)\\.service");
    /** Since systemd 256: a service manager like that of a user, but without a user. */
    private static final Pattern CAPSULE = Pattern.compile("capsule@.+\\.service");

    private static final Pattern SESSION = Pattern.compile("session-([A-Za-z0-9]+)\\.scope");
    private static final Pattern USER_SLICE = Pattern.compile("user-(\\d+)\\.slice");
    private static final Pattern MACHINE =
            Pattern.compile("machine-(.+)\\.scope|systemd-nspawn@(.+)\\.service|libvirt-(?:qemu|lxc)@(.+)\\.service");
    private static final String ID = "([0-9a-f]{64})";
    /**
     * A container of docker, podman, containerd or CRI-O. Its group is {@code RUNTIME-ID.scope} if systemd manages it,
     * else {@code RUNTIME-ID} or {@code SLICE:RUNTIME:ID}. The monitor of a container, such as
     * {@code libpod-conmon-ID.scope}, does not match.
     */
    private static final Pattern CONTAINER =
            Pattern.compile("(?:[^:]+:)?(?:docker|libpod|libpod-payload|cri-containerd|containerd|nerdctl|crio)[-:]"
                    + ID + "(?:\\.scope)?");

    private static final Pattern BARE_ID = Pattern.compile(ID);
    /** A group whose children are named by container id alone. It is that of docker, or that of a pod. */
    private static final Pattern ID_HOLDER = Pattern.compile("docker|pod[0-9a-f-]+");

    /** Services of container runtimes that keep containers in their own cgroup. */
    private static final Pattern RUNTIME = Pattern.compile(
            "(?:containerd|docker|crio|cri-o|k3s|k3s-agent|rke2-server|rke2-agent|kubelet|podman|lxc|lxd|incus)"
                    + "(?:@.+)?\\.service");

    private static final Pattern LXC = Pattern.compile("lxc\\.payload\\.(.+)");
    /** The parent of containers in LXC before version 4 and in Proxmox; in LXC 3.1. */
    private static final Pattern LXC_HOLDER = Pattern.compile("lxc|lxc\\.payload");

    private static final String DELETED = " (deleted)";

    private final List<String> names;
    /** Index of the first name that is no slice. */
    private final int unitAt;

    private UnitPath(String path) {
        names = Arrays.stream(path.split("/")).filter(name -> !name.isEmpty()).toList();
        unitAt = skipSlices(0);
    }

    /** Returns the control group of a path as the kernel has it. */
    public static ControlGroup parse(RawText path) {
        return parse(text(path));
    }

    /** Returns the path as text; bytes that are not UTF-8 become {@code \xNN}. */
    static String text(RawText path) {
        String utf8 = path.utf8();
        if (utf8 != null) {
            return utf8;
        }
        StringBuilder text = new StringBuilder(2 * path.length());
        path.appendTo(text, TextForm.TEXT);
        return text.toString();
    }

    /**
     * Returns the control group of a path that may have a mark. The kernel adds the mark if the group has been removed.
     */
    static ControlGroup parseDying(String path) {
        return parse(path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path);
    }

    /** Returns the control group of a path such as {@code /system.slice/cron.service}. */
    public static ControlGroup parse(String path) {
        UnitPath read = new UnitPath(path);
        String slice = read.unitAt == 0 ? "-.slice" : unescaped(read.names.get(read.unitAt - 1));
        String unit = read.unitName(read.unitAt);
        return new ControlGroup(
                path,
                unit,
                read.userUnit(),
                slice,
                unit == null ? null : group(SESSION, unit),
                uid(group(USER_SLICE, slice)),
                read.machine(unit),
                read.container(unit));
    }

    /**
     * Removes the "_" that systemd puts before names ({@code cg_escape()}). systemd escapes names that the kernel's own
     * files could have.
     */
    private static String unescaped(String name) {
        return name.startsWith("_") ? name.substring(1) : name;
    }

    private int skipSlices(int from) {
        int at = from;
        while (at < names.size() && isNamed(unescaped(names.get(at)), SLICE)) {
            at++;
        }
        return at;
    }

    private String unitName(int at) {
        String name = at < names.size() ? unescaped(names.get(at)) : "";
        return isNamed(name, UNIT) ? name : null;
    }

    private static boolean isNamed(String name, Pattern pattern) {
        return name.length() < UNIT_NAME_MAX && pattern.matcher(name).matches();
    }

    /** Returns the unit inside a user's service manager or session. systemd never escapes the names of these two. */
    private String userUnit() {
        String holder = unitAt < names.size() ? names.get(unitAt) : "";
        boolean holds = uid(group(USER_MANAGER, holder)) >= 0
                || SESSION.matcher(holder).matches()
                || CAPSULE.matcher(holder).matches();
        return holds ? unitName(skipSlices(unitAt + 1)) : null;
    }

    /** Reads a user id as {@code parse_uid()} does. Refuses leading zeros and the 16-bit and 32-bit "no user". */
    private static long uid(String digits) {
        boolean written = digits != null && digits.length() <= 10 && (digits.length() == 1 || digits.charAt(0) != '0');
        long uid = written ? Long.parseLong(digits) : -1;
        return uid == 0xffff || uid >= ProcessInfo.UNKNOWN_ID ? -1 : uid;
    }

    private String machine(String unit) {
        boolean inMachines = unit != null && names.get(0).equals("machine.slice");
        String escaped = inMachines ? group(MACHINE, unit) : null;
        return escaped == null ? null : unescape(escaped);
    }

    /**
     * Returns the outermost container: the one that the host knows. Returns null below a unit that is neither a container nor
     * a runtime's service: the user of such a unit, above all of a user's service manager, may name the groups in it freely.
     */
    private String container(String unit) {
        if (unit != null
                && group(CONTAINER, unit) == null
                && !RUNTIME.matcher(unit).matches()
                && machine(unit) == null) {
            return null;
        }
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String above = i == 0 ? "" : names.get(i - 1);
            String id = group(CONTAINER, name);
            id = id == null ? group(LXC, name) : id;
            if (id == null && (unit == null || ID_HOLDER.matcher(above).matches())) {
                id = group(BARE_ID, name);
            }
            if (id == null && i == 1 && LXC_HOLDER.matcher(above).matches()) {
                id = name;
            }
            if (id != null) {
                return id;
            }
        }
        return null;
    }

    private static String group(Pattern pattern, String name) {
        Matcher matcher = pattern.matcher(name);
        if (!matcher.matches()) {
            return null;
        }
        for (int i = 1; i <= matcher.groupCount(); i++) {
            if (matcher.group(i) != null) {
                return matcher.group(i);
            }
        }
        return null;
    }

    /** Undoes {@code \x2d} and the like (systemd-escape(1)) in an ASCII name. Returns null if the bytes are not UTF-8. */
    private static String unescape(String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(name.length());
        for (int i = 0; i < name.length(); i++) {
            int value = name.startsWith("\\x", i) && i + 4 <= name.length() ? hexPair(name, i + 2) : -1;
            if (value >= 0) {
                bytes.write(value);
                i += 3;
            } else {
                bytes.write(name.charAt(i));
            }
        }
        return RawText.copyOf(bytes.toByteArray(), 0, bytes.size()).utf8();
    }

    private static int hexPair(String text, int at) {
        int high = Character.digit(text.charAt(at), 16);
        int low = Character.digit(text.charAt(at + 1), 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }
}
