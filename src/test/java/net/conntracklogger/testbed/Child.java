// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A child process. It ends when this object is closed, or when the thread that started it ends. */
public final class Child implements AutoCloseable {
    /** Longer than any process takes to end. */
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
        // Nothing else ends the process if the JVM of the tests is killed.
        List<String> mortal = Stream.concat(Stream.of("setpriv", "--pdeathsig", "KILL", "--"), command.stream())
                .toList();
        ProcessBuilder builder = new ProcessBuilder(mortal);
        builder.environment().putAll(environment);
        return new Child(builder.start());
    }

    public static Child start(String... command) throws IOException {
        return start(Map.of(), List.of(command));
    }

    /** Starts a Python program. */
    public static Child python(String program, String... arguments) throws IOException {
        return start(
                Map.of(),
                Stream.concat(Stream.of("python3", "-c", program), Stream.of(arguments))
                        .toList());
    }

    /** Starts a process that accepts TCP connections, and waits until it does. */
    public static Child listener(String address, int port) throws IOException, InterruptedException {
        Child child = python(
                "import socket, sys; address, port = sys.argv[1:]; s = socket.create_server((address, int(port)),"
                        + " family=socket.AF_INET6 if ':' in address else socket.AF_INET); print('up', flush=True);\n"
                        + "while True: s.accept()",
                address,
                "" + port);
        try {
            child.output().next("up"::equals);
            return child;
        } catch (Throwable e) {
            child.close();
            throw e;
        }
    }

    /** Starts bash from a file that exists in memory only (memfd_create(2)), with a line to execute. */
    public static Child startFromMemory(String line) throws IOException {
        return python("import os; fd = os.memfd_create('probe'); os.write(fd, open('/bin/bash', 'rb').read());"
                + " os.execve(fd, ['bash', '-c', '" + line + "'], os.environ)");
    }

    /** Runs a command, which must succeed, and returns its output. */
    public static String run(String... command) throws IOException, InterruptedException {
        return feed("", command);
    }

    /** Runs commands of ip(8) in one process. */
    public static String ip(String... commands) throws IOException, InterruptedException {
        return feed(String.join("\n", commands) + "\n", "ip", "-batch", "-");
    }

    /** Loads a ruleset of nft(8). */
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

    /** Returns the standard output, which is not read before the first call. */
    public Lines output() {
        if (output == null) {
            output = new Lines(process.getInputStream());
        }
        return output;
    }

    /** Returns the standard error. */
    public Lines errors() {
        return errors;
    }

    /** Closes the reading end of the standard output. */
    public void closeOutput() throws IOException {
        process.getInputStream().close();
    }

    /** Writes to the standard input. */
    public void say(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Sends a signal, such as {@code STOP}. */
    public void signal(String name) throws IOException, InterruptedException {
        run("bash", "-c", "kill -" + name + " " + pid());
    }

    /** Sends SIGTERM. What the process writes afterwards can still be read. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** Waits for the end of the process and returns its exit code. */
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
