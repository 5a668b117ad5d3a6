// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A TCP connection with its listener, all of this process. Each side is in a network namespace. */
public final class TcpConnection implements AutoCloseable {
    private final ServerSocketChannel listener;
    private final SocketChannel client;
    private final SocketChannel server;
    private final String clientAddress;
    private final String serverAddress;

    private TcpConnection(ServerSocketChannel listener, SocketChannel client, SocketChannel server) throws IOException {
        this.listener = listener;
        this.client = client;
        this.server = server;
        this.clientAddress = Endpoint.text(client.getLocalAddress());
        this.serverAddress = Endpoint.text(client.getRemoteAddress());
    }

    /**
     * Opens a connection.
     *
     * @param bound address of the listener
     * @param host address that the client connects to
     * @param clients network namespace of the client, null for that of the calling thread
     * @param servers network namespace of the listener, null for that of the calling thread
     */
    public static TcpConnection open(String bound, String host, OwnNetwork clients, OwnNetwork servers)
            throws Exception {
        ServerSocketChannel listener = servers == null ? listen(bound) : servers.call(() -> listen(bound));
        SocketChannel client = null;
        try {
            int port = Endpoint.port(listener);
            client = clients == null ? connect(host, port) : clients.call(() -> connect(host, port));
            return new TcpConnection(listener, client, listener.accept());
        } catch (Throwable e) {
            listener.close();
            if (client != null) {
                client.close();
            }
            throw e;
        }
    }

    private static ServerSocketChannel listen(String bound) throws IOException {
        return ServerSocketChannel.open().bind(Endpoint.at(bound, 0));
    }

    private static SocketChannel connect(String host, int port) throws IOException {
        return SocketChannel.open(Endpoint.at(host, port));
    }

    public ServerSocketChannel listener() {
        return listener;
    }

    public SocketChannel client() {
        return client;
    }

    public SocketChannel server() {
        return server;
    }

    /** Returns the tuple of the client's packets as {@link net.conntracklogger.flow.FlowTuple} prints it. */
    public String original() {
        return "tcp " + clientAddress + " > " + serverAddress;
    }

    /** Returns the tuple of the server's packets. */
    public String reply() {
        return "tcp " + serverAddress + " > " + clientAddress;
    }

    /** Sends bytes from one side, and receives them at the other. */
    public void exchange(SocketChannel from, int bytes) throws IOException {
        from.write(ByteBuffer.allocate(bytes));
        ByteBuffer received = ByteBuffer.allocate(bytes);
        while (received.hasRemaining()) {
            (from == client ? server : client).read(received);
        }
    }

    /** Sends bytes of the server without pause in a thread of its own, until the connection is closed. */
    public Thread sendForEver() {
        return run(() -> server.write(ByteBuffer.allocate(100_000)));
    }

    /** Receives bytes at the client in a thread of its own, until the connection is closed. */
    public Thread receive() {
        ByteBuffer buffer = ByteBuffer.allocate(65_536);
        return run(() -> client.read(buffer.clear()));
    }

    private interface Transfer {
        int run() throws IOException;
    }

    private static Thread run(Transfer transfer) {
        Thread thread = new Thread(() -> {
            try {
                while (transfer.run() >= 0) {}
            } catch (IOException e) {
                // The connection is closed.
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Waits until the kernel holds no unsent, unacknowledged or unread bytes of connections from this address. */
    public static void awaitQuiet(String address) throws Exception {
        Wait.until(
                "connections from " + address + " are quiet",
                () -> Child.run("ss", "-Htn", "state", "established", "src", address)
                        .matches("(?s)\\s*0\\s+0\\s.*"));
    }

    @Override
    public void close() throws IOException {
        listener.close();
        client.close();
        server.close();
    }
}
