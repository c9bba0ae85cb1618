// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.report;

import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

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

  KeyManager[] managers() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "operator", key.key(), new char[0], new X509Certificate[] {key.certificate()});
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }
}
