// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import net.conntracklogger.config.FleetCluster;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.question.JsonReader;

/**
 * The nodes of a cluster, of which one answers. It is the first that can, from the one on that answered last. Not
 * thread-safe.
 */
public final class SearchCluster {
    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;
    private static final int LONGEST_REASON = 300;

    private final List<URI> nodes;
    private final HttpClient client;
    private final Optional<String> authorization;
    private final Duration patience;
    private int current;

    private SearchCluster(List<URI> nodes, HttpClient client, Optional<String> authorization, Duration patience) {
        this.nodes = nodes;
        this.client = client;
        this.authorization = authorization;
        this.patience = patience;
    }

    /**
     * Prepares questions to a cluster, and opens no connection.
     *
     * @param cluster its nodes, at least one
     * @param connect how long to wait for a connection to a node
     * @param patience how long to wait for the whole answer of a node
     * @throws IOException if a file of the configuration cannot be used, or a password would be sent in the clear
     */
    public static SearchCluster open(FleetCluster cluster, Duration connect, Duration patience) throws IOException {
        HttpClient.Builder client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(connect);
        if (cluster.certificateAuthority().isPresent()) {
            client.sslContext(
                    ClusterAccess.trusting(cluster.certificateAuthority().get()));
        }
        Optional<String> authorization = Optional.empty();
        if (cluster.credentials().isPresent()) {
            for (URI node : cluster.urls()) {
                if (!ClusterAccess.isPrivate(node)) {
                    throw new IOException("cannot send Credentials= to " + node + ": it is not encrypted; use https");
                }
            }
            authorization = Optional.of(
                    ClusterAccess.authorization(cluster.credentials().get()));
        }
        return new SearchCluster(cluster.urls(), client.build(), authorization, patience);
    }

    /**
     * Sends a request to a node, or to the next if that cannot answer now.
     *
     * @param type the media type of the body
     * @return the JSON object that it answers
     * @throws NotPermittedException if the cluster refuses the user
     * @throws IOException if no node answers, or one refuses the request
     */
    Map<?, ?> post(String path, String type, String body) throws IOException {
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            URI node = nodes.get(current);
            try {
                HttpResponse<String> answer = send(node, path, type, body);
                if (answer.statusCode() == OK) {
                    return object(answer.body());
                }
                failures.add(refusal(node, answer));
            } catch (NotPermittedException | RefusedException e) {
                throw e;
            } catch (IOException e) {
                failures.add(node + ": " + reason(e));
            }
            current = (current + 1) % nodes.size();
        }
        throw new IOException("cannot ask the cluster: " + String.join("; ", failures));
    }

    private HttpResponse<String> send(URI node, String path, String type, String body) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.resolve(path))
                .header("Content-Type", type)
                .timeout(patience)
                .POST(HttpRequest.BodyPublishers.ofString(body));
        authorization.ifPresent(value -> request.header("Authorization", value));
        CompletableFuture<HttpResponse<String>> answer = client.sendAsync(request.build(), head -> new BoundedBody());
        try {
            // The timeout of the request ends with the head of the answer.
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new HttpTimeoutException("no answer");
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** A request that the cluster does not understand is not sent to another node. */
    private static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    private static String refusal(URI node, HttpResponse<String> answer) throws IOException {
        int status = answer.statusCode();
        if (status == UNAUTHORIZED || status == FORBIDDEN) {
            throw new NotPermittedException("cannot read the index at " + node + ": status " + status
                    + "; set Credentials= in the section [Fleet] to a user who may");
        }
        String text = node + ": status " + status;
        if (status == TOO_MANY_REQUESTS || status >= SERVER_ERROR) {
            return text;
        }
        String body = answer.body().replaceAll("\\p{Cntrl}", " ");
        throw new RefusedException(
                "cannot ask " + text + ": " + body.substring(0, Math.min(body.length(), LONGEST_REASON))
                        + "; does it have the index template of \"conntrack-logger fleet template opensearch\"?");
    }

    private static Map<?, ?> object(String body) throws IOException {
        try {
            if (JsonReader.read(body) instanceof Map<?, ?> object) {
                return object;
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("the answer is " + e.getMessage(), e);
        }
        throw new IOException("the answer is no JSON object");
    }

    private static String reason(IOException failure) {
        if (failure instanceof HttpTimeoutException) {
            return "no answer in time";
        }
        if (failure instanceof SSLException) {
            return "TLS: " + failure.getMessage() + "; see CertificateAuthority=";
        }
        return failure instanceof ConnectException && failure.getMessage() == null
                ? "cannot connect"
                : String.valueOf(failure.getMessage());
    }
}
