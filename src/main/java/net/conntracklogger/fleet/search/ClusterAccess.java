// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Certificates to trust, and the user to be, for the nodes of a cluster. */
final class ClusterAccess {
    private ClusterAccess() {}

    /**
     * Returns a context that trusts the certificates of a file, and no others.
     *
     * @throws IOException if the file cannot be read or has no certificate
     */
    static SSLContext trusting(Path authority) throws IOException {
        try (InputStream file = Files.newInputStream(authority)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int count = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                trusted.setCertificateEntry("authority" + count, certificate);
                count++;
            }
            if (count == 0) {
                throw new CertificateException("there is no certificate in it");
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot read " + authority + ": " + e.getMessage() + "; use certificates in PEM", e);
        }
    }

    /**
     * Returns the value of the header Authorization.
     *
     * @param credentials a file with {@code USER:PASSWORD} in its first line
     * @throws IOException if it cannot be read, others can read it, or its first line is of another form
     */
    static String authorization(Path credentials) throws IOException {
        if (Files.getPosixFilePermissions(credentials).contains(PosixFilePermission.OTHERS_READ)) {
            throw new IOException("cannot use " + credentials + ": every user can read it; chmod o-r " + credentials);
        }
        Optional<String> line = Files.readString(credentials).lines().findFirst();
        if (line.isEmpty() || line.get().indexOf(':') < 1) {
            throw new IOException("cannot use " + credentials + ": write USER:PASSWORD into its first line");
        }
        return "Basic " + Base64.getEncoder().encodeToString(line.get().getBytes(StandardCharsets.UTF_8));
    }

    /** Reports whether nobody between here and a node can read a password. */
    static boolean isPrivate(URI node) {
        return node.getScheme().equals("https") || node.getHost().matches("localhost|127\\.[0-9.]+|\\[::1]");
    }
}
