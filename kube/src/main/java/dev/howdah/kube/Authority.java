// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The certificates of an authority, and whether it issued others.
///
/// @param anchors none: nothing is trusted
public record Authority(Set<TrustAnchor> anchors) {
  /// Before any certificate is known.
  public static final Authority UNKNOWN = new Authority(Set.of());

  public Authority {
    anchors = Set.copyOf(anchors);
  }

  public static Authority of(String caPem) throws GeneralSecurityException {
    Set<TrustAnchor> anchors = new HashSet<>();
    for (X509Certificate certificate : Tls.certificates(caPem)) {
      anchors.add(new TrustAnchor(certificate, null));
    }
    return new Authority(anchors);
  }

  /// Checks that a chain, beginning with the certificate of the other side, leads to us.
  public void verify(X509Certificate[] chain) throws CertificateException {
    if (anchors.isEmpty()) {
      throw new CertificateException("the authority is not known yet");
    }
    try {
      List<X509Certificate> path =
          List.of(chain).stream().filter(certificate -> !isAnchor(certificate)).toList();
      if (path.isEmpty()) {
        throw new CertificateException("the authority's own certificate is nobody's");
      }
      var parameters = new PKIXParameters(anchors);
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX")
          .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
    } catch (CertificateException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      throw new CertificateException("not issued by the cluster's authority", e);
    }
  }

  private boolean isAnchor(X509Certificate certificate) {
    return anchors.stream().anyMatch(anchor -> certificate.equals(anchor.getTrustedCert()));
  }
}
