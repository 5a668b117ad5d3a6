// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The difference between the configuration that runs and the one in the files.
 *
 * @param applied the configuration to run with: the keys of {@link #LIVE} as in the files, all others as they are now
 * @param changed keys whose new value applies, such as {@code Protocols}
 * @param deferred keys whose new value applies only after a restart
 */
public record ConfigurationChange(Configuration applied, List<String> changed, List<String> deferred) {
    /**
     * The components of {@link Configuration} that can change while the service runs. All others size or open something at
     * start.
     */
    public static final Set<String> LIVE = Set.of(
            "protocols", "include", "exclude", "aggregate", "floodRate", "statisticsSec", "metrics", "list", "allow");

    /** The components that other programs than the service read, at each run. */
    static final Set<String> OF_OTHERS = Set.of("archive", "fleet");

    /** Compares the configuration that runs with the one that was read from the files. */
    public static ConfigurationChange of(Configuration running, Configuration read) {
        RecordComponent[] components = Configuration.class.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] applied = new Object[components.length];
        List<String> changed = new ArrayList<>();
        List<String> deferred = new ArrayList<>();
        try {
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                Object before = components[i].getAccessor().invoke(running);
                Object now = components[i].getAccessor().invoke(read);
                String name = components[i].getName();
                boolean ofOthers = OF_OTHERS.contains(name);
                boolean live = LIVE.contains(name) || ofOthers;
                if (!ofOthers && !before.equals(now)) {
                    (live ? changed : deferred).add(key(components[i]));
                }
                applied[i] = live ? now : before;
            }
            Configuration configuration =
                    Configuration.class.getConstructor(types).newInstance(applied);
            return new ConfigurationChange(configuration, changed, deferred);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the record cannot be copied", e);
        }
    }

    /** Returns the key that sets a component: the same word with a capital. */
    private static String key(RecordComponent component) {
        String name = component.getName();
        return Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }
}
