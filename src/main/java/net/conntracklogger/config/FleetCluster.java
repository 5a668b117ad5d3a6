// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The section {@code [Fleet]}: the search cluster that has the entries of all hosts. The service itself does not use it.
 *
 * @param urls the cluster's nodes, each with scheme, host and port; empty: there is no cluster
 * @param certificateAuthority the file with certificates that the nodes' own must be signed with; empty: those of the JVM
 * @param credentials the file with {@code USER:PASSWORD}; empty: none
 */
public record FleetCluster(List<URI> urls, Optional<Path> certificateAuthority, Optional<Path> credentials) {
    /** The values of keys that are not set. */
    public static final FleetCluster NONE = new FleetCluster(List.of(), Optional.empty(), Optional.empty());

    public FleetCluster {
        urls = List.copyOf(urls);
    }

    /** Returns this section with a setting changed. */
    FleetCluster with(Setting setting) throws ConfigurationException {
        return switch (setting.key()) {
            case "URL" -> new FleetCluster(nodes(setting), certificateAuthority, credentials);
            case "CertificateAuthority" -> new FleetCluster(urls, ConfigurationReader.file(setting), credentials);
            case "Credentials" -> new FleetCluster(urls, certificateAuthority, ConfigurationReader.file(setting));
            default -> throw setting.wrong("unknown key; use URL, CertificateAuthority or Credentials");
        };
    }

    /** Adds nodes to those of earlier settings; an empty value drops them. */
    private List<URI> nodes(Setting setting) throws ConfigurationException {
        if (setting.value().isEmpty()) {
            return List.of();
        }
        List<URI> nodes = new ArrayList<>(urls);
        for (String word : setting.value().split("\\s+")) {
            nodes.add(node(word)
                    .orElseThrow(() -> setting.wrong(
                            "use URLs of nodes such as https://search1.example.org:9200, separated by spaces")));
        }
        return nodes;
    }

    private static Optional<URI> node(String word) {
        try {
            URI url = new URI(word);
            boolean bare = url.getHost() != null
                    && url.getScheme().matches("https?")
                    && url.getRawUserInfo() == null
                    && (url.getRawPath().isEmpty() || url.getRawPath().equals("/"))
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null;
            return bare
                    ? Optional.of(new URI(url.getScheme() + "://" + url.getHost() + ":" + port(url)))
                    : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /** A node without a port has that of OpenSearch, not that of its scheme. */
    private static int port(URI url) {
        return url.getPort() == -1 ? 9200 : url.getPort();
    }
}
