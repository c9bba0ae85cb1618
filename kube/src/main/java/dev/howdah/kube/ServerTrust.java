// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Trusts a server whose certificate an authority of ours issued for just the host that was asked
/// for. What isn't as plain as that is left to the runtime's own trust manager, which may say yes
/// to more, and which first reads all the public authorities: that costs each start of a program 40
/// ms.
final class ServerTrust extends X509ExtendedTrustManager {
  private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  private final String caPem;
  private final Authority authority;
  private @Nullable X509ExtendedTrustManager runtime;

  ServerTrust(String caPem) throws GeneralSecurityException {
    this.caPem = caPem;
    this.authority = Authority.of(caPem);
    if (authority.anchors().isEmpty()) {
      throw new GeneralSecurityException("no certificate in the PEM text of the authority");
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    if (!(socket instanceof SSLSocket tls) || !isPlain(chain, tls)) {
      runtime().checkServerTrusted(chain, type, socket);
    }
  }

  private boolean isPlain(X509Certificate[] chain, SSLSocket socket) {
    try {
      var usage = chain[0].getExtendedKeyUsage();
      String host = socket.getHandshakeSession().getPeerHost();
      if ((usage != null && !usage.contains(SERVER_AUTHENTICATION)) || !names(chain[0], host)) {
        return false;
      }
      authority.verify(chain);
      return true;
    } catch (CertificateException e) {
      return false;
    }
  }

  private static boolean names(X509Certificate certificate, @Nullable String host)
      throws CertificateException {
    var names = certificate.getSubjectAlternativeNames();
    if (names == null || host == null) {
      return false;
    }
    boolean address =
        !host.isEmpty() && host.chars().allMatch(c -> c == '.' || c >= '0' && c <= '9');
    int wanted = address ? IP_ADDRESS : DNS_NAME;
    for (List<?> name : names) {
      if (Integer.valueOf(wanted).equals(name.get(0))
          && host.equalsIgnoreCase(String.valueOf(name.get(1)))) {
        return true;
      }
    }
    return false;
  }

  private synchronized X509ExtendedTrustManager runtime() throws CertificateException {
    X509ExtendedTrustManager known = runtime;
    if (known != null) {
      return known;
    }
    try {
      if (Tls.trustManager(Tls.certificates(caPem)) instanceof X509ExtendedTrustManager made) {
        runtime = made;
        return made;
      }
      throw new CertificateException("this Java runtime's trust manager knows no connections");
    } catch (GeneralSecurityException | IOException e) {
      throw new CertificateException("this Java runtime has no trust manager for it", e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    runtime().checkServerTrusted(chain, type, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    runtime().checkServerTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    runtime().checkClientTrusted(chain, type, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    runtime().checkClientTrusted(chain, type, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    runtime().checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authority.anchors().stream()
        .map(anchor -> anchor.getTrustedCert())
        .toArray(X509Certificate[]::new);
  }
}
