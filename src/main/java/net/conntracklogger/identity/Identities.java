// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import net.conntracklogger.concurrent.AsyncLookup;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.ProcessTable;

/**
 * Looks up what user space knows of owners. One thread calls {@link #of} and {@link #again}; another takes the results from
 * the {@link Identity}.
 */
public final class Identities implements Closeable {
    /** Those of nscd(8). */
    private static final AsyncLookup.Lifetimes ACCOUNTS = new AsyncLookup.Lifetimes(
            TimeUnit.MINUTES.toNanos(10), TimeUnit.SECONDS.toNanos(20), TimeUnit.SECONDS.toNanos(5));
    /** The executable of an image never changes. */
    private static final AsyncLookup.Lifetimes RUNS =
            new AsyncLookup.Lifetimes(TimeUnit.DAYS.toNanos(1), 0, TimeUnit.DAYS.toNanos(1));

    private static final long ACCOUNTS_PATIENCE = TimeUnit.SECONDS.toNanos(1);
    /** Twice what the largest file takes. */
    private static final long DIGESTS_PATIENCE = TimeUnit.SECONDS.toNanos(10);
    /** {@code /proc/PID/uid_map} of the initial user namespace: every id maps to itself. */
    private static final String ALL_IDS = "0 0 4294967295";
    /** Below procfs: {@code /run/user} as pid 1 sees it, because {@code ProtectHome=} hides it from the service. */
    private static final String RUNTIME_DIRECTORIES = "1/root/run/user";

    private final Optional<UnitInvocations> invocations;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final UserInvocations userInvocations;
    private final Optional<AsyncLookup<Long>> users;
    private final Optional<AsyncLookup<ExecutableDigests.Run>> digests;
    private final Map<String, String> missing = new LinkedHashMap<>();
    private final AtomicLong invocationsFailed = new AtomicLong();

    /**
     * Starts the threads of the lookups.
     *
     * @param proc root of procfs
     * @param units {@code /run/systemd/units}, where systemd publishes the invocations of its units
     * @param processes a table to hash executables with, which this object takes over; empty to hash none
     * @param leisure reports whether the thread that takes a result has time to wait for it
     * @throws IOException if the user namespace of the service is unknown
     */
    public Identities(Path proc, Path units, Optional<ProcessTable> processes, BooleanSupplier leisure)
            throws IOException {
        invocations = invocations(units);
        userInvocations = new UserInvocations(proc.resolve(RUNTIME_DIRECTORIES));
        users = isInitialUserNamespace(proc)
                ? Optional.of(
                        new AsyncLookup<>("account-names", new AccountDatabase(), ACCOUNTS, ACCOUNTS_PATIENCE, leisure))
                : Optional.empty();
        if (users.isEmpty()) {
            missing.put("PID_USER", "user ids of this user namespace are not those of the kernel");
        }
        digests = processes.map(it ->
                new AsyncLookup<>("executable-digests", new ExecutableDigests(it), RUNS, DIGESTS_PATIENCE, leisure));
    }

    private Optional<UnitInvocations> invocations(Path units) {
        try {
            return Optional.of(new UnitInvocations(units));
        } catch (LinuxException e) {
            // A host without systemd has no units.
            if (e.errno() != Errno.ENOENT) {
                missing.put("PID_INVOCATION_ID", e.getMessage());
            }
            return Optional.empty();
        }
    }

    private static boolean isInitialUserNamespace(Path proc) throws IOException {
        return Files.readString(proc.resolve("self/uid_map"))
                .strip()
                .replaceAll("\\s+", " ")
                .equals(ALL_IDS);
    }

    /** Returns the fields that no entry will have, each with the reason. */
    public Map<String, String> missing() {
        return Collections.unmodifiableMap(missing);
    }

    /**
     * Starts the lookups of an owner.
     *
     * @param group null if unknown
     * @param uid user id in the initial user namespace
     * @param ownPidns whether the process is in the pid namespace of the service itself, not in one below
     * @param run image of the process, empty if unknown
     * @param from begin of an interval in which the owner is as described, in nanoseconds of CLOCK_MONOTONIC
     * @param to end of the interval
     */
    public Identity of(
            ControlGroup group, long uid, boolean ownPidns, Optional<ExecutableDigests.Run> run, long from, long to) {
        return new Identity(invocation(group, from, to), user(group, uid, ownPidns), digest(run));
    }

    /** Returns an owner with what is known of it now. Its process is still the same image. */
    public Owner again(Owner owner, long now) {
        if (owner.process() == null) {
            return owner;
        }
        Identity known = owner.identity();
        Supplier<String> user = known.user() == Identity.UNKNOWN.user() || users.isEmpty()
                ? known.user()
                : users.get().lookUp(owner.uid());
        Identity identity = new Identity(invocation(owner.cgroup(), now, now), user, known.exeDigest());
        return Owner.of(owner.source(), owner.process(), owner.cgroup(), identity);
    }

    /**
     * Returns the number of changes of system units up to a time. The invocation of an owner stays the same if it does.
     *
     * @param to nanoseconds of CLOCK_MONOTONIC, not later than now
     * @return a number like no other if the changes are unknown
     */
    public long unitChanges(long to) {
        try {
            return invocations.isEmpty() ? 0 : invocations.get().changes(to);
        } catch (LinuxException e) {
            return -invocationsFailed.incrementAndGet();
        }
    }

    /** Returns the invocation; null if it is not certain, or if the lookup fails. A failure is counted. */
    private String invocation(ControlGroup group, long from, long to) {
        try {
            return group == null ? null : invocationOf(group, from, to);
        } catch (LinuxException e) {
            invocationsFailed.incrementAndGet();
            return null;
        }
    }

    private String invocationOf(ControlGroup group, long from, long to) throws LinuxException {
        if (group.userUnit() != null) {
            return userInvocations.of(group.ownerUid(), group.userUnit(), from);
        }
        return group.unit() == null || invocations.isEmpty()
                ? null
                : invocations.get().of(group.unit(), from, to);
    }

    /**
     * Looks up the user, unless the process is in a container. A container has accounts of its own, in which the id may
     * be another user's.
     */
    private Supplier<String> user(ControlGroup group, long uid, boolean ownPidns) {
        boolean contained = !ownPidns || group == null || group.container() != null || group.machine() != null;
        return contained || users.isEmpty()
                ? Identity.UNKNOWN.user()
                : users.get().lookUp(uid);
    }

    private Supplier<String> digest(Optional<ExecutableDigests.Run> run) {
        return run.isEmpty() || digests.isEmpty()
                ? Identity.UNKNOWN.exeDigest()
                : digests.get().lookUp(run.get());
    }

    /** Waits for units to start or end. One thread calls it repeatedly and does nothing else. */
    public void watch(int milliseconds) throws LinuxException {
        if (invocations.isPresent()) {
            invocations.get().watch(milliseconds);
        } else {
            await(milliseconds);
        }
    }

    private void await(int milliseconds) {
        try {
            ended.await(milliseconds, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends {@link #watch}, now and later. Thread-safe. */
    public void wake() {
        ended.countDown();
        invocations.ifPresent(UnitInvocations::wake);
    }

    /** Returns the fields that entries lack now because a source does not answer. Each has the reason. Thread-safe. */
    public Map<String, String> silent() {
        Map<String, String> silent = new LinkedHashMap<>();
        if (users.isPresent() && users.get().isSilent()) {
            silent.put("PID_USER", "account database does not answer");
        }
        if (digests.isPresent() && digests.get().isSilent()) {
            silent.put("PID_EXE_SHA256", "file system of an executable does not answer");
        }
        if (userInvocations.isSilent()) {
            silent.put("PID_INVOCATION_ID", "runtime directory of a user does not answer");
        }
        return silent;
    }

    /** Returns how many entries lack PID_USER because the lookup took too long. Thread-safe. */
    public long withoutUser() {
        return users.map(AsyncLookup::leftOut).orElse(0L);
    }

    /** Returns how many entries lack PID_EXE_SHA256. Thread-safe. */
    public long withoutDigest() {
        return digests.map(AsyncLookup::leftOut).orElse(0L);
    }

    /** Returns how often PID_INVOCATION_ID was unknown because a lookup failed or took too long. Thread-safe. */
    public long withoutInvocation() {
        return invocationsFailed.get() + userInvocations.leftOut();
    }

    @Override
    public void close() {
        users.ifPresent(AsyncLookup::close);
        digests.ifPresent(AsyncLookup::close);
        invocations.ifPresent(UnitInvocations::close);
        userInvocations.close();
    }
}
