// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// Decides by a rule of ours, in place of Java's, which wants to find the name of the host, whether
/// the certificates that the other side of a connection shows are accepted: pods are asked by
/// address, and addresses of pods are in no certificate.
public final class CertificateCheck extends X509ExtendedTrustManager {
  /// What is asked of the other side.
  @FunctionalInterface
  public interface Rule {
    /// @param chain the other side's certificate first
    /// @param type the algorithm of the key exchange, as Java names it
    /// @param host whom we connected to; empty where Java doesn't say
    /// @throws CertificateException if they are not accepted
    void check(X509Certificate[] chain, String type, String host) throws CertificateException;
  }

  /// Accepts whatever is shown: who asks decides otherwise, or has no secret to lose.
  public static final Rule ANY = (_, _, _) -> {};

  private static final Rule NONE =
      (_, _, _) -> {
        throw new CertificateException("nobody is expected on this side");
      };

  private final Rule servers;
  private final Rule clients;

  private CertificateCheck(Rule servers, Rule clients) {
    this.servers = servers;
    this.clients = clients;
  }

  /// For a client: what servers have to show.
  public static CertificateCheck ofServers(Rule rule) {
    return new CertificateCheck(rule, NONE);
  }

  /// For a server: what clients have to show.
  public static CertificateCheck ofClients(Rule rule) {
    return new CertificateCheck(NONE, rule);
  }

  /// A server's certificate has to lead to one of these authorities, for whatever host it is.
  ///
  /// @param caPem one or more certificates
  public static Rule chainTo(String caPem) throws GeneralSecurityException, IOException {
    X509TrustManager chain = Tls.trustManager(Tls.certificates(caPem));
    // The form with two arguments checks no host name.
    return (certificates, type, _) -> chain.checkServerTrusted(certificates, type);
  }

  private static String host(@Nullable SSLEngine engine) {
    String host = engine == null ? null : engine.getPeerHost();
    return host == null ? "" : host;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    servers.check(chain, type, host(engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
      throws CertificateException {
    servers.check(chain, type, "");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    servers.check(chain, type, "");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    clients.check(chain, type, host(engine));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
      throws CertificateException {
    clients.check(chain, type, "");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    clients.check(chain, type, "");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
