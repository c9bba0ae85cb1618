// SPDX-License-Identifier: Apache-2.0
package dev.howdah.service.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// An authority of our own that issues certificates (ECDSA on P-256, signed with SHA-256).
///
/// Validity starts a little before now, so that a machine whose clock is behind accepts what was
/// just issued.
public final class CertificateAuthority {
  /// How far back validity reaches.
  public static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(5);

  private static final SecureRandom RANDOM = new SecureRandom();

  private final CertifiedKey self;
  private final InstantSource clock;

  /// An authority that exists already.
  public CertificateAuthority(CertifiedKey self, InstantSource clock) {
    this.self = self;
    this.clock = clock;
  }

  /// A new authority with a new key. `organizationalUnit` may be empty.
  public static CertificateAuthority create(
      String commonName, String organizationalUnit, Duration validity, InstantSource clock) {
    var name = new X500NameBuilder(BCStyle.INSTANCE);
    if (!organizationalUnit.isEmpty()) {
      name.addRDN(BCStyle.OU, organizationalUnit);
    }
    name.addRDN(BCStyle.CN, commonName);
    var keys = newKeys();
    return new CertificateAuthority(selfSigned(name.build(), keys, validity, clock), clock);
  }

  /// A new P-256 key pair.
  public static KeyPair newKeys() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java cannot make P-256 keys", e);
    }
  }

  /// The authority's own certificate and key.
  public CertifiedKey self() {
    return self;
  }

  /// The certificate that others trust, as PEM.
  public String certificatePem() {
    return self.certificatePem();
  }

  /// The same authority, with the same key and subject and a new certificate: what it issued before
  /// stays valid.
  public CertificateAuthority renew(Duration validity) {
    var subject = X500Name.getInstance(self.certificate().getSubjectX500Principal().getEncoded());
    return new CertificateAuthority(selfSigned(subject, self.keyPair(), validity, clock), clock);
  }

  /// Issues a certificate for a new key.
  public CertifiedKey issue(LeafRequest request) {
    return issue(request, newKeys());
  }

  /// Issues a certificate for a key that is kept, as in a renewal.
  public CertifiedKey issue(LeafRequest request, KeyPair keys) {
    var subject = new X500NameBuilder(BCStyle.INSTANCE);
    request.organizations().forEach(o -> subject.addRDN(BCStyle.O, o));
    subject.addRDN(BCStyle.CN, request.commonName());
    try {
      var utils = new JcaX509ExtensionUtils();
      var issuer = X500Name.getInstance(self.certificate().getSubjectX500Principal().getEncoded());
      var builder =
          builder(issuer, subject.build(), keys.getPublic(), clock.instant(), request.validity())
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
              .addExtension(Extension.keyUsage, true, leafUsage(keys))
              .addExtension(Extension.extendedKeyUsage, false, purposes(request))
              .addExtension(
                  Extension.authorityKeyIdentifier,
                  false,
                  utils.createAuthorityKeyIdentifier(self.certificate().getPublicKey()));
      var names = names(request);
      if (names.length > 0) {
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      }
      return new CertifiedKey(keys.getPrivate(), sign(builder, self.key()));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("cannot issue a certificate for " + request.commonName(), e);
    }
  }

  private static CertifiedKey selfSigned(
      X500Name name, KeyPair keys, Duration validity, InstantSource clock) {
    try {
      var builder =
          builder(name, name, keys.getPublic(), clock.instant(), validity)
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
              .addExtension(
                  Extension.keyUsage,
                  true,
                  new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature))
              .addExtension(
                  Extension.subjectKeyIdentifier,
                  false,
                  new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
      return new CertifiedKey(keys.getPrivate(), sign(builder, keys.getPrivate()));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("cannot make a certificate authority", e);
    }
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, PublicKey key, Instant now, Duration validity) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(127, RANDOM).setBit(126),
        Date.from(now.minus(CLOCK_TOLERANCE)),
        Date.from(now.plus(validity)),
        subject,
        key);
  }

  private static KeyUsage leafUsage(KeyPair keys) {
    return keys.getPrivate() instanceof ECPrivateKey
        ? new KeyUsage(KeyUsage.digitalSignature)
        : new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment);
  }

  private static ExtendedKeyUsage purposes(LeafRequest request) {
    List<KeyPurposeId> purposes = new ArrayList<>();
    if (request.usages().contains(LeafRequest.Usage.SERVER)) {
      purposes.add(KeyPurposeId.id_kp_serverAuth);
    }
    if (request.usages().contains(LeafRequest.Usage.CLIENT)) {
      purposes.add(KeyPurposeId.id_kp_clientAuth);
    }
    return new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new));
  }

  private static GeneralName[] names(LeafRequest request) {
    List<GeneralName> names = new ArrayList<>();
    request.dnsNames().forEach(n -> names.add(new GeneralName(GeneralName.dNSName, n)));
    request.ipAddresses().forEach(a -> names.add(new GeneralName(GeneralName.iPAddress, a)));
    return names.toArray(GeneralName[]::new);
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws OperatorCreationException, CertificateException {
    var algorithm = key instanceof ECPrivateKey ? "SHA256withECDSA" : "SHA256withRSA";
    var signer = new JcaContentSignerBuilder(algorithm).build(key);
    return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
  }
}
