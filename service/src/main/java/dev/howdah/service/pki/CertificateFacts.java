// SPDX-License-Identifier: Apache-2.0
package dev.howdah.service.pki;

import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/// What one needs to know about a certificate: who it names, for how long, and for which names and
/// addresses.
public record CertificateFacts(
    String commonName,
    List<String> organizations,
    List<String> dnsNames,
    List<String> ipAddresses,
    Instant notBefore,
    Instant notAfter,
    boolean authority) {
  private static final Pattern RDN = Pattern.compile("(?:^|,)(CN|O)=((?:\\\\.|[^,\\\\])*)");
  private static final int DNS = 2;
  private static final int IP = 7;

  public CertificateFacts {
    organizations = List.copyOf(organizations);
    dnsNames = List.copyOf(dnsNames);
    ipAddresses = List.copyOf(ipAddresses);
  }

  /// Reads a certificate.
  public static CertificateFacts of(X509Certificate certificate) {
    var commonName = "";
    List<String> organizations = new ArrayList<>();
    var matcher = RDN.matcher(certificate.getSubjectX500Principal().getName("RFC2253"));
    while (matcher.find()) {
      var value = matcher.group(2).replaceAll("\\\\(.)", "$1");
      if (matcher.group(1).equals("CN")) {
        commonName = commonName.isEmpty() ? value : commonName;
      } else {
        organizations.addFirst(value); // RFC 2253 prints the last one first
      }
    }
    return new CertificateFacts(
        commonName,
        organizations,
        names(certificate, DNS),
        names(certificate, IP),
        certificate.getNotBefore().toInstant(),
        certificate.getNotAfter().toInstant(),
        certificate.getBasicConstraints() >= 0);
  }

  /// Whether all of these DNS names are in the certificate, letter by letter.
  public boolean namesAll(Collection<String> names) {
    return dnsNames.containsAll(names);
  }

  /// Whether the certificate ends within the margin from now, or did already.
  public boolean endsWithin(Duration margin, Instant now) {
    return !notAfter.isAfter(now.plus(margin));
  }

  /// Whether the authority's key signed the certificate. Says nothing about dates.
  public static boolean signedBy(X509Certificate certificate, X509Certificate authority) {
    if (!certificate.getIssuerX500Principal().equals(authority.getSubjectX500Principal())) {
      return false;
    }
    try {
      certificate.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  private static List<String> names(X509Certificate certificate, int kind) {
    try {
      var all = certificate.getSubjectAlternativeNames();
      return all == null
          ? List.of()
          : all.stream()
              .filter(n -> n.getFirst() instanceof Integer i && i == kind)
              .map(n -> (String) n.get(1))
              .toList();
    } catch (CertificateParsingException e) {
      throw new IllegalArgumentException("damaged alternative names in a certificate", e);
    }
  }
}
