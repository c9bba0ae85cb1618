// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.tls;

import dev.howdah.kube.Tls;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Verifies that a certificate was issued by the cluster's authority. The authority may be replaced
/// at any time.
final class ChainCheck {
  private volatile Set<TrustAnchor> anchors = Set.of();

  void use(String caPem) throws GeneralSecurityException {
    anchors =
        Tls.certificates(caPem).stream()
            .map(certificate -> new TrustAnchor(certificate, null))
            .collect(Collectors.toUnmodifiableSet());
  }

  void verify(X509Certificate[] chain) throws CertificateException {
    Set<TrustAnchor> trusted = anchors;
    if (trusted.isEmpty()) {
      throw new CertificateException("the cluster's authority is not known yet");
    }
    try {
      List<X509Certificate> path =
          List.of(chain).stream().filter(certificate -> !isAnchor(trusted, certificate)).toList();
      if (path.isEmpty()) {
        throw new CertificateException("the authority's own certificate is not a peer's");
      }
      var parameters = new PKIXParameters(trusted);
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX")
          .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
    } catch (CertificateException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      throw new CertificateException("not issued by the cluster's authority", e);
    }
  }

  private static boolean isAnchor(Set<TrustAnchor> trusted, X509Certificate certificate) {
    return trusted.stream().anyMatch(anchor -> certificate.equals(anchor.getTrustedCert()));
  }

  /// True if the certificate is valid for this DNS name, which is all that our server certificates
  /// have.
  static boolean hasName(X509Certificate certificate, String dnsName) throws CertificateException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names != null
        && names.stream()
            .anyMatch(
                name -> Integer.valueOf(2).equals(name.get(0)) && dnsName.equals(name.get(1)));
  }

  /// The common name of the subject; empty if there is none.
  static String commonName(X509Certificate certificate) {
    for (String part : certificate.getSubjectX500Principal().getName().split(",")) {
      if (part.startsWith("CN=")) {
        return part.substring(3);
      }
    }
    return "";
  }
}
