// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.report;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// Trusts each address to show a certificate of its own cluster: signed by the cluster's authority,
/// and naming the cluster's `-rw` Service, since pods are asked by address.
final class InstanceTrust extends X509ExtendedTrustManager {
  private record Expected(Address address, X509TrustManager chain) {}

  private final Map<String, Expected> expected = new ConcurrentHashMap<>();

  /// From now on this is what the address must show.
  void expect(Address address) {
    expected.compute(
        address.host(),
        (_, before) ->
            before != null && before.address.equals(address)
                ? before
                : new Expected(address, chainTo(address.authorities())));
  }

  void forget(String host) {
    expected.remove(host);
  }

  private static X509TrustManager chainTo(List<X509Certificate> authorities) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("authority-" + i, authorities.get(i));
      }
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return (X509TrustManager) factory.getTrustManagers()[0];
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot prepare to check certificates", e);
    }
  }

  @Override
  public void checkServerTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    String host = engine == null ? "" : engine.getPeerHost();
    Expected expectation = expected.get(host);
    if (expectation == null) {
      throw new CertificateException("nobody is expected at " + host);
    }
    expectation.chain.checkServerTrusted(chain, authType);
    var names = chain[0].getSubjectAlternativeNames();
    boolean named =
        names != null
            && names.stream().anyMatch(n -> expectation.address.serverName().equals(n.get(1)));
    if (!named) {
      throw new CertificateException(
          "the certificate at %s doesn't name %s"
              .formatted(host, expectation.address.serverName()));
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("only connections of the HTTP client are checked here");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("only connections of the HTTP client are checked here");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("no clients are expected");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("no clients are expected");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("no clients are expected");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
