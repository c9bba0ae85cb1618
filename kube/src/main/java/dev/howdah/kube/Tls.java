// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import dev.howdah.http.PresentedKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// TLS contexts from PEM texts.
public final class Tls {
  private static final char[] NO_PASSWORD = new char[0];
  private static final String PKCS8 = "PRIVATE KEY";
  private static final byte[] RSA_ALGORITHM = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };

  private Tls() {}

  /// A context that trusts `caPem` (null: the runtime's default) and, where given, presents a
  /// certificate.
  public static SSLContext context(
      @Nullable String caPem, @Nullable String certificatePem, @Nullable String keyPem)
      throws GeneralSecurityException, IOException {
    TrustManager[] trust = caPem == null ? null : new TrustManager[] {new ServerTrust(caPem)};
    return context(trust, keyManagers(certificatePem, keyPem));
  }

  static SSLContext context(KubeSettings settings) throws GeneralSecurityException, IOException {
    KeyManager[] keys =
        settings.credential()
                instanceof KubeSettings.Credential.ClientCertificate(var certificate, var key)
            ? keyManagers(certificate, key)
            : null;
    String ca = settings.caPem();
    TrustManager[] trust =
        settings.insecure()
            ? new TrustManager[] {CertificateCheck.ofServers(CertificateCheck.ANY)}
            : ca == null ? null : new TrustManager[] {new ServerTrust(ca)};
    return context(trust, keys);
  }

  /// A context without a certificate of its own, for a client that accepts what this rule does.
  public static SSLContext accepting(CertificateCheck.Rule servers)
      throws GeneralSecurityException {
    return context(new TrustManager[] {CertificateCheck.ofServers(servers)}, null);
  }

  private static SSLContext context(TrustManager @Nullable [] trust, KeyManager @Nullable [] keys)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust, new SecureRandom());
    return context;
  }

  /// All certificates in a PEM text.
  public static List<X509Certificate> certificates(String pem) throws GeneralSecurityException {
    var bytes = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
    return CertificateFactory.getInstance("X.509").generateCertificates(bytes).stream()
        .map(X509Certificate.class::cast)
        .toList();
  }

  /// The key that belongs to `certificate`: PKCS#8, or OpenSSL's older forms for RSA and EC.
  public static PrivateKey privateKey(String pem, Certificate certificate)
      throws GeneralSecurityException {
    String algorithm = certificate.getPublicKey().getAlgorithm();
    byte[] encoded;
    if (pem.contains("BEGIN " + PKCS8 + "-")) {
      encoded = body(pem, PKCS8);
    } else if (pem.contains("BEGIN RSA PRIVATE KEY-")) {
      encoded = wrap(RSA_ALGORITHM, body(pem, "RSA PRIVATE KEY"));
    } else if (pem.contains("BEGIN EC PRIVATE KEY-")
        && certificate.getPublicKey() instanceof ECPublicKey key) {
      encoded = wrap(ecAlgorithm(key), body(pem, "EC PRIVATE KEY"));
    } else {
      throw new InvalidKeySpecException("no private key of a known form in the PEM text");
    }
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
  }

  /// Java's own check against these authorities.
  public static X509TrustManager trustManager(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    int count = 0;
    for (X509Certificate certificate : authorities) {
      store.setCertificateEntry("ca" + count++, certificate);
    }
    if (count == 0) {
      throw new GeneralSecurityException("no certificate in the PEM text of the authority");
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }

  private static KeyManager @Nullable [] keyManagers(
      @Nullable String certificatePem, @Nullable String keyPem)
      throws GeneralSecurityException, IOException {
    if (certificatePem == null || keyPem == null) {
      return null;
    }
    List<X509Certificate> chain = certificates(certificatePem);
    if (chain.isEmpty()) {
      throw new GeneralSecurityException("no certificate in the PEM text");
    }
    return new KeyManager[] {new PresentedKey(chain, privateKey(keyPem, chain.getFirst()))};
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static byte[] body(String pem, String label) {
    String begin = "-----BEGIN " + label + "-----";
    int start = pem.indexOf(begin) + begin.length();
    int end = pem.indexOf("-----END", start);
    return Base64.getMimeDecoder().decode(pem.substring(start, end < 0 ? pem.length() : end));
  }

  /// PKCS#8: SEQUENCE { INTEGER 0, algorithm, OCTET STRING key }.
  private static byte[] wrap(byte[] algorithm, byte[] key) {
    byte[] octets = der(0x04, key);
    var content = new ByteArrayOutputStream();
    content.writeBytes(new byte[] {0x02, 0x01, 0x00});
    content.writeBytes(algorithm);
    content.writeBytes(octets);
    return der(0x30, content.toByteArray());
  }

  /// The SubjectPublicKeyInfo of the certificate starts with the same algorithm and curve.
  private static byte[] ecAlgorithm(ECPublicKey key) {
    byte[] info = key.getEncoded();
    int header = (info[1] & 0x80) == 0 ? 2 : 2 + (info[1] & 0x7f);
    int length = 2 + info[header + 1];
    byte[] algorithm = new byte[length];
    System.arraycopy(info, header, algorithm, 0, length);
    return algorithm;
  }

  private static byte[] der(int tag, byte[] content) {
    var out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else if (content.length < 0x100) {
      out.write(0x81);
      out.write(content.length);
    } else {
      out.write(0x82);
      out.write(content.length >> 8);
      out.write(content.length & 0xff);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }
}
