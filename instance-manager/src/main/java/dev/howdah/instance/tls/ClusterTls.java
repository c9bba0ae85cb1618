// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.tls;

import dev.howdah.http.PresentedKey;
import dev.howdah.kube.Authority;
import dev.howdah.kube.CertificateCheck;
import dev.howdah.kube.Tls;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/// TLS between the instances of a cluster, and towards probes and the operator.
///
/// As server we present `<cluster>-server` and let everybody shake hands; who may do what,
/// [#isPeer] and [#fingerprint] decide per request. As client we present `<cluster>-replication`,
/// and accept only servers with a certificate of the cluster's authority for `<cluster>-rw`:
/// addresses of pods are in no certificate, so the name of the service stands for all of them.
public final class ClusterTls {
  private static final String PEER = "streaming_replica";

  private final String serverName;
  private final PresentedKey server = new PresentedKey();
  private final PresentedKey client = new PresentedKey();
  private volatile Authority serverAuthority = Authority.UNKNOWN;
  private volatile Authority clientAuthority = Authority.UNKNOWN;

  public ClusterTls(String cluster) {
    this.serverName = cluster + "-rw";
  }

  /// Takes other certificates into use; connections that exist go on with theirs.
  public void use(PemFiles files) throws GeneralSecurityException {
    serverAuthority = Authority.of(files.serverCa());
    clientAuthority = Authority.of(files.clientCa());
    present(client, files.replicationCertificate(), files.replicationKey());
    present(server, files.serverCertificate(), files.serverKey());
  }

  public boolean isReady() {
    return server.isReady() && client.isReady();
  }

  public SSLContext serverContext() throws GeneralSecurityException {
    // Any client may connect; proof that it has the key to its certificate, if it shows one, is
    // part
    // of TLS.
    return context(server, CertificateCheck.ofClients(CertificateCheck.ANY));
  }

  public SSLContext clientContext() throws GeneralSecurityException {
    return context(client, CertificateCheck.ofServers((chain, _, _) -> checkServer(chain)));
  }

  private static void present(PresentedKey manager, String certificatePem, String keyPem)
      throws GeneralSecurityException {
    List<X509Certificate> chain = Tls.certificates(certificatePem);
    if (chain.isEmpty()) {
      throw new GeneralSecurityException("no certificate in the PEM text");
    }
    manager.present(chain, Tls.privateKey(keyPem, chain.getFirst()));
  }

  private static SSLContext context(KeyManager keys, TrustManager trust)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, new SecureRandom());
    return context;
  }

  /// True if the certificates that a client presented are those of an instance of this cluster.
  public boolean isPeer(Certificate[] chain) {
    try {
      X509Certificate[] certificates = new X509Certificate[chain.length];
      for (int i = 0; i < chain.length; i++) {
        certificates[i] = (X509Certificate) chain[i];
      }
      clientAuthority.verify(certificates);
      return commonName(certificates[0]).equals(PEER);
    } catch (CertificateException e) {
      return false;
    }
  }

  /// SHA-256 of a certificate's public key, in hexadecimal: how the operator's is pinned.
  public static String fingerprint(Certificate certificate) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(certificate.getPublicKey().getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private void checkServer(X509Certificate[] chain) throws CertificateException {
    serverAuthority.verify(chain);
    if (!hasName(chain[0], serverName)) {
      throw new CertificateException("the certificate is not for " + serverName);
    }
  }

  /// True if the certificate is valid for this DNS name, which is all that our server certificates
  /// have.
  private static boolean hasName(X509Certificate certificate, String dnsName)
      throws CertificateException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names != null
        && names.stream()
            .anyMatch(
                name -> Integer.valueOf(2).equals(name.get(0)) && dnsName.equals(name.get(1)));
  }

  /// The common name of the subject; empty if there is none.
  private static String commonName(X509Certificate certificate) {
    for (String part : certificate.getSubjectX500Principal().getName().split(",")) {
      if (part.startsWith("CN=")) {
        return part.substring(3);
      }
    }
    return "";
  }
}
