// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

/**
 * Keeps a value for each of the most recent owners. Flows in a row often have the same owner object, and its form is the
 * longest part of an entry. Owners are the same if they are the same object. Not thread-safe.
 */
public final class RecentOwners<V> {
    /** Each slot has one owner, so that a lookup takes one step. */
    private static final int SLOTS = 64;

    private final Object[] owners = new Object[SLOTS];
    private final Object[] values = new Object[SLOTS];

    /** Returns the value of an owner; null if it is not kept. */
    @SuppressWarnings("unchecked")
    public V get(Object owner) {
        int slot = slot(owner);
        return owners[slot] == owner ? (V) values[slot] : null;
    }

    /** Keeps a value, and forgets that of an owner with the same slot. */
    public void put(Object owner, V value) {
        int slot = slot(owner);
        owners[slot] = owner;
        values[slot] = value;
    }

    private static int slot(Object owner) {
        return System.identityHashCode(owner) & SLOTS - 1;
    }
}
