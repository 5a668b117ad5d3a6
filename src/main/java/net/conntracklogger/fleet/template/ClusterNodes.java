// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import net.conntracklogger.config.FleetCluster;

/**
 * The cluster that a shipper's configuration names. It is that of the section {@code [Fleet]}, or an example.
 *
 * @param urls at least one, each with scheme, host and port
 * @param authority the file of certificates; ignored without TLS
 * @param named whether the shipper has to name a user
 */
record ClusterNodes(List<URI> urls, Path authority, boolean named) {
    private static final Path CERTIFICATES = Path.of("/etc/ssl/certs/ca-certificates.crt");

    /** Returns the nodes of a cluster. */
    static ClusterNodes of(FleetCluster cluster) {
        return cluster.urls().isEmpty()
                ? new ClusterNodes(
                        List.of(
                                URI.create("https://search1.example.org:9200"),
                                URI.create("https://search2.example.org:9200"),
                                URI.create("https://search3.example.org:9200")),
                        CERTIFICATES,
                        /* named= */ true)
                : new ClusterNodes(
                        cluster.urls(),
                        cluster.certificateAuthority().orElse(CERTIFICATES),
                        cluster.credentials().isPresent());
    }

    /** Reports whether a node is reached by TLS. */
    boolean encrypted() {
        return urls.stream().anyMatch(url -> url.getScheme().equals("https"));
    }

    /** Returns the URLs in quotes, separated by commas. */
    String quoted() {
        return urls.stream().map(url -> "\"" + url + "\"").collect(Collectors.joining(", "));
    }
}
