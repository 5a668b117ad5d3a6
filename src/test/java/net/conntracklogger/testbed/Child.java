// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process that ends with this object; and should the test end otherwise, with the thread that started it. */
public final class Child implements AutoCloseable {
    /** Far longer than any takes to end. */
    private static final long PATIENCE_SECONDS = 30;

    private final Process process;
    private final Lines errors;
    private Lines output;

    private Child(Process process) {
        this.process = process;
        this.errors = new Lines(process.getErrorStream());
    }

    /** Starts a command. */
    public static Child start(Map<String, String> environment, List<String> command) throws IOException {
        // Nothing else would end it when the test's JVM is killed.
        List<String> mortal = Stream.concat(Stream.of("setpriv", "--pdeathsig", "KILL", "--"), command.stream())
                .toList();
        ProcessBuilder builder = new ProcessBuilder(mortal);
        builder.environment().putAll(environment);
        return new Child(builder.start());
    }

    public static Child start(String... command) throws IOException {
        return start(Map.of(), List.of(command));
    }

    /** Runs a command, which must succeed; answers what it printed. */
    public static String run(String... command) throws IOException, InterruptedException {
        return feed("", command);
    }

    /** Runs commands of ip(8), in one process. */
    public static String ip(String... commands) throws IOException, InterruptedException {
        return feed(String.join("\n", commands) + "\n", "ip", "-batch", "-");
    }

    /** Loads a ruleset, as nft(8) reads it. */
    public static String nft(String ruleset) throws IOException, InterruptedException {
        return feed(ruleset, "nft", "-f", "-");
    }

    private static String feed(String input, String... command) throws IOException, InterruptedException {
        try (Child child = start(command)) {
            child.say(input);
            child.process.getOutputStream().close();
            int status = child.await();
            if (status != 0) {
                throw new AssertionError(List.of(command) + " " + input + ": " + status + " " + child.errors.all());
            }
            return String.join("\n", child.output().all());
        }
    }

    public int pid() {
        return (int) process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its standard output, which nobody reads before this is called. */
    public Lines output() {
        if (output == null) {
            output = new Lines(process.getInputStream());
        }
        return output;
    }

    /** Its standard error. */
    public Lines errors() {
        return errors;
    }

    /** Closes the reading end of its standard output. */
    public void closeOutput() throws IOException {
        process.getInputStream().close();
    }

    /** Writes to its standard input. */
    public void say(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Sends a signal by its name, such as {@code STOP}. */
    public void signal(String name) throws IOException, InterruptedException {
        run("bash", "-c", "kill -" + name + " " + pid());
    }

    /** Sends SIGTERM. What it writes then can still be read. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** Waits for its end; answers its exit code. */
    public int await() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("process " + pid() + " does not end");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
