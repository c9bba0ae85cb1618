// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.report;

import dev.howdah.http.PresentedKey;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.KeyManager;

/// This operator's own key, made at its start: instances know it by the fingerprint in the status
/// of their Cluster.
public final class OperatorKey {
  private static final Duration VALID = Duration.ofDays(3650);

  private final CertifiedKey key;

  private OperatorKey(CertifiedKey key) {
    this.key = key;
  }

  public static OperatorKey create(InstantSource clock) {
    var authority = CertificateAuthority.create("howdah-operator", "operator", VALID, clock);
    return new OperatorKey(authority.issue(LeafRequest.client("howdah-operator", VALID)));
  }

  /// SHA-256 of the public key, in hexadecimal.
  public String fingerprint() {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(key.certificate().getPublicKey().getEncoded()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  KeyManager[] managers() {
    return new KeyManager[] {new PresentedKey(List.of(key.certificate()), key.key())};
  }
}
