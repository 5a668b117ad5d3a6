// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Keys that are read one by one, without Enter and without echo. Restores the terminal when it is closed. */
public final class Keyboard implements AutoCloseable {
    /** No key was pressed. */
    public static final int NO_KEY = -1;

    private static final int STTY_SECONDS = 5;

    private final InputStream in;
    private final String before;
    private final Thread restorer = new Thread(this::restore);

    private Keyboard(InputStream in, String before) {
        this.in = in;
        this.before = before;
    }

    /** Opens standard input if it is a terminal. */
    public static Keyboard open() throws IOException {
        String before = stty("-g");
        if (before.isEmpty()) {
            return none();
        }
        Keyboard keyboard = new Keyboard(System.in, before);
        // Also if the user interrupts the program.
        Runtime.getRuntime().addShutdownHook(keyboard.restorer);
        stty("-icanon", "-echo", "min", "0", "time", "0");
        return keyboard;
    }

    /** Returns a keyboard without keys. */
    public static Keyboard none() {
        return new Keyboard(InputStream.nullInputStream(), "");
    }

    /** Reports whether there are keys. */
    public boolean isOpen() {
        return !before.isEmpty();
    }

    /** Returns the character of a key that was pressed, or {@link #NO_KEY}. Does not wait. */
    public int read() throws IOException {
        return in.available() > 0 ? in.read() : NO_KEY;
    }

    private void restore() {
        try {
            stty(before);
        } catch (IOException e) {
            return; // The terminal is gone.
        }
    }

    @Override
    public void close() {
        if (isOpen()) {
            restore();
            Runtime.getRuntime().removeShutdownHook(restorer);
        }
    }

    /** Runs stty(1) on the terminal of this process. Returns its output, empty if standard input is no terminal. */
    private static String stty(String... arguments) throws IOException {
        String[] command = new String[arguments.length + 1];
        command[0] = "stty";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process stty = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        try {
            boolean ended = stty.waitFor(STTY_SECONDS, TimeUnit.SECONDS);
            return ended && stty.exitValue() == 0 ? output.strip() : "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
