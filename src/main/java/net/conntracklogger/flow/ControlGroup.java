// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A control group, and what its path says by systemd's rules (systemd.unit(5), systemd-cgroup names as in
 * {@code cg_path_get_unit()} and its kin; the same that journald's {@code _SYSTEMD_*} fields follow). What the path does
 * not say is null.
 *
 * @param path as in {@code /proc/PID/cgroup}, from the root of the hierarchy
 * @param unit the system unit, such as {@code cron.service}
 * @param userUnit the unit of a user's own service manager, such as {@code app-firefox.scope}
 * @param slice the innermost slice of the system manager, {@code -.slice} at the top
 * @param session the login session's id
 * @param ownerUid the user whose slice it is, -1 where it is nobody's
 * @param machine name of the virtual machine or container that machined manages
 * @param container the container's id (docker, podman, containerd, cri-o) or name (lxc)
 */
public record ControlGroup(
        String path,
        String unit,
        String userUnit,
        String slice,
        String session,
        long ownerUid,
        String machine,
        String container) {

    /** Of the characters that systemd allows in a unit's name. */
    private static final String WORD = "[A-Za-z0-9:_.\\\\-]+";

    private static final Pattern SLICE = Pattern.compile(WORD + "\\.slice");
    /** A plain name or an instance's; a template ({@code getty@.service}) holds no process. */
    private static final Pattern UNIT = Pattern.compile(WORD + "(@[A-Za-z0-9:_.\\\\@-]+)?"
            + "\\.(service|scope|socket|mount|swap|automount|target|path|timer|device)");

    /** {@code UNIT_NAME_MAX}, which counts the NUL at the end. */
    private static final int UNIT_NAME_MAX = 256;

    private static final Pattern USER_MANAGER = Pattern.compile("user@(\\d+)\\.service");
    /** Since systemd 256: a service manager like a user's, without a user. */
    private static final Pattern CAPSULE = Pattern.compile("capsule@.+\\.service");

    private static final Pattern SESSION = Pattern.compile("session-([A-Za-z0-9]+)\\.scope");
    private static final Pattern USER_SLICE = Pattern.compile("user-(\\d+)\\.slice");
    private static final Pattern MACHINE =
            Pattern.compile("machine-(.+)\\.scope|systemd-nspawn@(.+)\\.service|libvirt-(?:qemu|lxc)@(.+)\\.service");
    private static final String ID = "([0-9a-f]{64})";
    /**
     * As docker, podman, containerd and CRI-O name it: with systemd's help {@code RUNTIME-ID.scope}, without it
     * {@code RUNTIME-ID} or {@code SLICE:RUNTIME:ID}. What keeps a container, such as {@code libpod-conmon-ID.scope}, is not
     * in it.
     */
    private static final Pattern CONTAINER =
            Pattern.compile("(?:[^:]+:)?(?:docker|libpod|libpod-payload|cri-containerd|containerd|nerdctl|crio)[-:]"
                    + ID + "(?:\\.scope)?");

    private static final Pattern BARE_ID = Pattern.compile(ID);
    /** What holds groups that have an ID alone for their name: docker's own group, and a pod's. */
    private static final Pattern ID_HOLDER = Pattern.compile("docker|pod[0-9a-f-]+");

    private static final Pattern LXC = Pattern.compile("lxc\\.payload\\.(.+)");
    /** LXC before version 4, and Proxmox; LXC 3.1. */
    private static final Pattern LXC_HOLDER = Pattern.compile("lxc|lxc\\.payload");

    private static final String DELETED = " (deleted)";

    /** Reads a path such as {@code /system.slice/cron.service}. */
    public static ControlGroup of(String path) {
        String living = path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
        List<String> names = names(living);
        int unitAt = skipSlices(names, 0);
        String slice = unitAt == 0 ? "-.slice" : unescaped(names.get(unitAt - 1));
        String unit = unitName(names, unitAt);
        return new ControlGroup(
                living,
                unit,
                userUnit(names, unitAt),
                slice,
                unit == null ? null : group(SESSION, unit),
                uid(group(USER_SLICE, slice)),
                machine(names, unit),
                container(names, unit));
    }

    /** The innermost systemd unit: the user unit if there is one, else the system unit. */
    public String service() {
        return userUnit != null ? userUnit : unit;
    }

    private static List<String> names(String path) {
        return Arrays.stream(path.split("/")).filter(name -> !name.isEmpty()).toList();
    }

    /** systemd puts "_" before names that could be mistaken for the kernel's own files (cg_escape()). */
    private static String unescaped(String name) {
        return name.startsWith("_") ? name.substring(1) : name;
    }

    private static int skipSlices(List<String> names, int from) {
        int at = from;
        while (at < names.size() && isNamed(unescaped(names.get(at)), SLICE)) {
            at++;
        }
        return at;
    }

    private static String unitName(List<String> names, int at) {
        String name = at < names.size() ? unescaped(names.get(at)) : "";
        return isNamed(name, UNIT) ? name : null;
    }

    private static boolean isNamed(String name, Pattern pattern) {
        return name.length() < UNIT_NAME_MAX && pattern.matcher(name).matches();
    }

    /** Only service managers and sessions of users have such units in them; their own names are never escaped. */
    private static String userUnit(List<String> names, int unitAt) {
        String holder = unitAt < names.size() ? names.get(unitAt) : "";
        boolean holds = uid(group(USER_MANAGER, holder)) >= 0
                || SESSION.matcher(holder).matches()
                || CAPSULE.matcher(holder).matches();
        return holds ? unitName(names, skipSlices(names, unitAt + 1)) : null;
    }

    /** As {@code parse_uid()}: no leading zeros, and neither the 16-bit nor the 32-bit "no user". */
    private static long uid(String digits) {
        boolean written = digits != null && digits.length() <= 10 && (digits.length() == 1 || digits.charAt(0) != '0');
        long uid = written ? Long.parseLong(digits) : -1;
        return uid == 0xffff || uid >= ProcessInfo.UNKNOWN_ID ? -1 : uid;
    }

    private static String machine(List<String> names, String unit) {
        boolean inMachines = unit != null && names.get(0).equals("machine.slice");
        String escaped = inMachines ? group(MACHINE, unit) : null;
        return escaped == null ? null : unescape(escaped);
    }

    /** The outermost: the one that the host knows. */
    private static String container(List<String> names, String unit) {
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String above = i == 0 ? "" : names.get(i - 1);
            String id = group(CONTAINER, name);
            id = id == null ? group(LXC, name) : id;
            // In a unit whoever runs it may name groups as he likes.
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

    /** Undoes {@code \x2d} and its kind (systemd-escape(1)). */
    private static String unescape(String name) {
        StringBuilder text = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            if (name.startsWith("\\x", i) && i + 4 <= name.length()) {
                int value = hexPair(name, i + 2);
                if (value >= 0) {
                    text.append((char) value);
                    i += 3;
                    continue;
                }
            }
            text.append(name.charAt(i));
        }
        return text.toString();
    }

    private static int hexPair(String text, int at) {
        int high = Character.digit(text.charAt(at), 16);
        int low = Character.digit(text.charAt(at + 1), 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }
}
