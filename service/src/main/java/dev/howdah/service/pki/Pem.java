// SPDX-License-Identifier: Apache-2.0
package dev.howdah.service.pki;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/// Reads and writes PEM texts. What the JDK can do is done without BouncyCastle, which takes a
/// while to load.
public final class Pem {
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]+)-----END CERTIFICATE-----");
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private Pem() {}

  /// All certificates of the text in order, ignoring what stands between them. Throws
  /// [IllegalArgumentException] when there is none or one is damaged.
  public static List<X509Certificate> certificates(String pem) {
    List<X509Certificate> found = new ArrayList<>();
    var matcher = CERTIFICATE.matcher(pem);
    while (matcher.find()) {
      try {
        found.add(
            (X509Certificate)
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(bytes(matcher.group(1)))));
      } catch (CertificateException e) {
        throw new IllegalArgumentException("damaged certificate in the PEM text", e);
      }
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "no certificate (-----BEGIN CERTIFICATE-----) in the text");
    }
    return found;
  }

  /// The first private key of the text: PKCS#8, SEC 1 (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE
  /// KEY`), unencrypted.
  public static PrivateKey privateKey(String pem) {
    var matcher = PKCS8.matcher(pem);
    if (matcher.find()) {
      return decode(bytes(matcher.group(1)));
    }
    try (var parser = new PEMParser(new StringReader(pem))) {
      for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
        if (next instanceof PEMKeyPair pair) {
          return new JcaPEMKeyConverter().getPrivateKey(pair.getPrivateKeyInfo());
        }
        if (next instanceof PrivateKeyInfo info) {
          return new JcaPEMKeyConverter().getPrivateKey(info);
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("damaged private key in the PEM text", e);
    }
    throw new IllegalArgumentException(
        "no unencrypted private key (PKCS#8, EC or RSA) in the text");
  }

  /// The certificate as PEM, with a line end.
  public static String of(X509Certificate certificate) {
    try {
      return block("CERTIFICATE", certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate that cannot be encoded", e);
    }
  }

  /// The key as PEM in PKCS#8.
  public static String pkcs8(PrivateKey key) {
    return block("PRIVATE KEY", key.getEncoded());
  }

  /// The key as PEM in the form of its own kind: SEC 1 for elliptic curves, PKCS#1 for RSA.
  public static String sec1(KeyPair keys) {
    var key = PrivateKeyInfo.getInstance(keys.getPrivate().getEncoded());
    try {
      if (keys.getPrivate() instanceof ECPrivateKey ec) {
        var curve = key.getPrivateKeyAlgorithm().getParameters();
        var bits = SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded());
        var size = ec.getParams().getOrder().bitLength();
        var form =
            new org.bouncycastle.asn1.sec.ECPrivateKey(
                size, ec.getS(), bits.getPublicKeyData(), curve);
        return block("EC PRIVATE KEY", form.getEncoded());
      }
      return block("RSA PRIVATE KEY", key.parsePrivateKey().toASN1Primitive().getEncoded());
    } catch (IOException e) {
      throw new IllegalArgumentException("a key that cannot be encoded", e);
    }
  }

  private static PrivateKey decode(byte[] der) {
    var spec = new PKCS8EncodedKeySpec(der);
    for (var algorithm : List.of("EC", "RSA", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException _) {
        // another kind of key: try the next
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this Java has no " + algorithm + " keys", e);
      }
    }
    throw new IllegalArgumentException("a private key that is neither EC, RSA nor Ed25519");
  }

  private static byte[] bytes(String base64) {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("damaged base64 in the PEM text", e);
    }
  }

  private static String block(String label, byte[] der) {
    var lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, lines.encodeToString(der), label);
  }
}
