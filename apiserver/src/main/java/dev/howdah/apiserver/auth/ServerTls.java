// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.auth;

import dev.howdah.http.PresentedKey;
import dev.howdah.service.pki.CertifiedKey;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/// TLS as the server speaks it: any client certificate is let through, and judged by the
/// [Authenticator] afterwards, so that a bad one gets an answer (401) rather than a broken
/// connection.
public final class ServerTls {
  private ServerTls() {}

  /// A context for the server's certificate and those of its authority.
  public static SSLContext context(CertifiedKey server, X509Certificate authority) {
    try {
      var key = new PresentedKey(List.of(server.certificate()), server.key());
      var context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {key}, new TrustManager[] {new AnyClient(authority)}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot set up TLS", e);
    }
  }

  private static final class AnyClient extends X509ExtendedTrustManager {
    private final X509Certificate authority;

    AnyClient(X509Certificate authority) {
      this.authority = authority;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new IllegalStateException("this is a server");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      throw new IllegalStateException("this is a server");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      throw new IllegalStateException("this is a server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[] {authority};
    }
  }
}
