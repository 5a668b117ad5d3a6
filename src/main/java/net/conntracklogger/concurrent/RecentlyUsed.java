// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A map of bounded size. If an entry is added to a full map, the entry that has not been used for the longest time is
 * evicted. Values are never null. Not thread-safe.
 */
public final class RecentlyUsed<K, V> {
    private static final int INITIAL_CAPACITY = 16;
    private static final float LOAD_FACTOR = 0.75f;

    private final Map<K, V> entries = new LinkedHashMap<>(INITIAL_CAPACITY, LOAD_FACTOR, /* accessOrder= */ true);
    private final int capacity;
    private final Consumer<? super V> evicted;

    /** Creates an empty map for {@code capacity} entries. */
    public RecentlyUsed(int capacity) {
        this(capacity, value -> {});
    }

    /**
     * Creates an empty map.
     *
     * @param evicted receives each value that is evicted, but no value that is replaced
     */
    public RecentlyUsed(int capacity, Consumer<? super V> evicted) {
        this.capacity = capacity;
        this.evicted = evicted;
    }

    /** Returns the value of a key; null if there is none. The value then counts as used. */
    public V get(K key) {
        return entries.get(key);
    }

    /** Adds an entry, or replaces the value of the key. */
    public void put(K key, V value) {
        entries.put(key, value);
        if (entries.size() > capacity) {
            Iterator<V> longestUnused = entries.values().iterator();
            V oldest = longestUnused.next();
            longestUnused.remove();
            evicted.accept(oldest);
        }
    }

    /** Returns the value of a key. If there is none, computes and adds it, unless the computed value is null. */
    public V computeIfAbsent(K key, Function<? super K, ? extends V> compute) {
        V value = entries.get(key);
        if (value == null) {
            value = compute.apply(key);
            if (value != null) {
                put(key, value);
            }
        }
        return value;
    }

    /** Passes all values to an action, the longest unused first. */
    public void forEachValue(Consumer<? super V> action) {
        entries.values().forEach(action);
    }
}
