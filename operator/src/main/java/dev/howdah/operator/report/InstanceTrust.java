// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.report;

import dev.howdah.kube.CertificateCheck;
import dev.howdah.kube.Tls;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.X509TrustManager;

/// Trusts each address to show a certificate of its own cluster: signed by the cluster's authority,
/// and naming the cluster's `-rw` Service, since pods are asked by address.
final class InstanceTrust implements CertificateCheck.Rule {
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
      return Tls.trustManager(authorities);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot prepare to check certificates", e);
    }
  }

  @Override
  public void check(X509Certificate[] chain, String authType, String host)
      throws CertificateException {
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
}
