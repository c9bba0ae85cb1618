// SPDX-License-Identifier: Apache-2.0
package dev.howdah.service.pki;

import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/// A private key and the certificate for its public half.
public record CertifiedKey(PrivateKey key, X509Certificate certificate) {
  /// Reads the first certificate and the key of two PEM texts.
  public static CertifiedKey fromPem(String certificatePem, String keyPem) {
    return new CertifiedKey(Pem.privateKey(keyPem), Pem.certificates(certificatePem).getFirst());
  }

  /// The certificate as PEM.
  public String certificatePem() {
    return Pem.of(certificate);
  }

  /// The key as PEM in PKCS#8 (`PRIVATE KEY`), unencrypted.
  public String keyPem() {
    return Pem.pkcs8(key);
  }

  /// The key as PEM in SEC 1 (`EC PRIVATE KEY`), which older clients want.
  public String sec1Pem() {
    return Pem.sec1(keyPair());
  }

  /// Both halves, to keep the key when the certificate is issued anew.
  public KeyPair keyPair() {
    return new KeyPair(certificate.getPublicKey(), key);
  }

  @Override
  public String toString() {
    return "CertifiedKey[" + certificate.getSubjectX500Principal() + "]";
  }
}
