// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.http;

import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Which certificates of object stores are trusted.
public final class Trust {
  private Trust() {}

  /// @param pem certificate authorities to trust; absent: the runtime's
  /// @return nothing for plain HTTP
  public static @Nullable SSLSocketFactory of(URI server, @Nullable String pem) {
    if (!"https".equals(server.getScheme())) {
      return null;
    }
    return pem == null
        ? (SSLSocketFactory) SSLSocketFactory.getDefault()
        : trusting(pem).getSocketFactory();
  }

  private static SSLContext trusting(String pem) {
    try {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      var in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
      int n = 0;
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca" + n++, certificate);
      }
      if (n == 0) {
        throw new GeneralSecurityException("it holds no certificate");
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new StoreException(
          Kind.REFUSED,
          "the endpoint's CA is no PEM certificate: "
              + e.getMessage()
              + "; endpointCA must name a Secret's key that holds one",
          e);
    }
  }
}
