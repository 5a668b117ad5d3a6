// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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

    private static final Set<String> UNIT_SUFFIXES =
            Set.of("service", "scope", "socket", "mount", "swap", "automount", "target", "path", "timer", "device");
    private static final Pattern UNIT_NAME = Pattern.compile("[A-Za-z0-9:_.\\\\-]+(@[A-Za-z0-9:_.\\\\@-]*)?");
    private static final Pattern USER_MANAGER = Pattern.compile("user@(\\d+)\\.service");
    private static final Pattern SESSION = Pattern.compile("session-([A-Za-z0-9]+)\\.scope");
    private static final Pattern USER_SLICE = Pattern.compile("user-(\\d{1,10})\\.slice");
    private static final Pattern MACHINE =
            Pattern.compile("machine-(.+)\\.scope|systemd-nspawn@(.+)\\.service|libvirt-(?:qemu|lxc)@(.+)\\.service");
    private static final Pattern CONTAINER = Pattern.compile("(?:(?!.*conmon)[a-z-]+-)?([0-9a-f]{64})(?:\\.scope)?");
    private static final Pattern LXC = Pattern.compile("lxc\\.payload\\.(.+)");
    private static final String DELETED = " (deleted)";

    /** Reads a path such as {@code /system.slice/cron.service}. */
    public static ControlGroup of(String path) {
        String living = path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
        List<String> names = names(living);
        int unitAt = skipSlices(names, 0);
        String slice = unitAt == 0 ? "-.slice" : names.get(unitAt - 1);
        String unit = unitAt < names.size() ? unitName(names.get(unitAt)) : null;
        String session = unit == null ? null : group(SESSION, unit);
        return new ControlGroup(
                living,
                unit,
                userUnit(names, unit, session, unitAt),
                names.isEmpty() ? null : slice,
                session,
                ownerUid(slice),
                machine(names, unit),
                container(names));
    }

    /** The innermost systemd unit: the user unit if there is one, else the system unit. */
    public String service() {
        return userUnit != null ? userUnit : unit;
    }

    private static List<String> names(String path) {
        List<String> names = new ArrayList<>();
        for (String name : path.split("/")) {
            if (!name.isEmpty()) {
                // systemd puts "_" before names that could be mistaken for the kernel's own files (cg_escape()).
                names.add(name.startsWith("_") ? name.substring(1) : name);
            }
        }
        return names;
    }

    private static int skipSlices(List<String> names, int from) {
        int at = from;
        while (at < names.size()
                && names.get(at).endsWith(".slice")
                && UNIT_NAME.matcher(names.get(at)).matches()) {
            at++;
        }
        return at;
    }

    private static String unitName(String name) {
        int dot = name.lastIndexOf('.');
        boolean valid = dot > 0
                && UNIT_SUFFIXES.contains(name.substring(dot + 1))
                && UNIT_NAME.matcher(name).matches();
        return valid ? name : null;
    }

    private static String userUnit(List<String> names, String unit, String session, int unitAt) {
        if (unit == null || session == null && !USER_MANAGER.matcher(unit).matches()) {
            return null;
        }
        int at = skipSlices(names, unitAt + 1);
        return at < names.size() ? unitName(names.get(at)) : null;
    }

    private static long ownerUid(String slice) {
        String uid = group(USER_SLICE, slice);
        return uid == null ? -1 : Long.parseLong(uid);
    }

    private static String machine(List<String> names, String unit) {
        boolean inMachines = unit != null && names.get(0).equals("machine.slice");
        String escaped = inMachines ? group(MACHINE, unit) : null;
        return escaped == null ? null : unescape(escaped);
    }

    private static String container(List<String> names) {
        for (String name : names) {
            String id = group(CONTAINER, name);
            id = id == null ? group(LXC, name) : id;
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
