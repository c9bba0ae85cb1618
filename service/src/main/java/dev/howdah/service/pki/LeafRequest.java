// SPDX-License-Identifier: Apache-2.0
package dev.howdah.service.pki;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/// What a certificate shall say: its subject, the names and addresses it is good for, its use and
/// how long it lasts. Organizations are what Kubernetes reads as groups.
public record LeafRequest(
    String commonName,
    List<String> organizations,
    List<String> dnsNames,
    List<String> ipAddresses,
    Set<Usage> usages,
    Duration validity) {

  /// Which side of a connection may present the certificate.
  public enum Usage {
    SERVER,
    CLIENT
  }

  public LeafRequest {
    organizations = List.copyOf(organizations);
    dnsNames = List.copyOf(dnsNames);
    ipAddresses = List.copyOf(ipAddresses);
    usages = Set.copyOf(usages);
    if (usages.isEmpty()) {
      throw new IllegalArgumentException("a certificate needs a usage, SERVER or CLIENT");
    }
  }

  /// A certificate for a server with these DNS names.
  public static LeafRequest server(String commonName, List<String> dnsNames, Duration validity) {
    return new LeafRequest(
        commonName, List.of(), dnsNames, List.of(), Set.of(Usage.SERVER), validity);
  }

  /// A certificate for a client of this name.
  public static LeafRequest client(String commonName, Duration validity) {
    return new LeafRequest(
        commonName, List.of(), List.of(), List.of(), Set.of(Usage.CLIENT), validity);
  }

  /// The same with these IP addresses.
  public LeafRequest withIpAddresses(List<String> addresses) {
    return new LeafRequest(commonName, organizations, dnsNames, addresses, usages, validity);
  }
}
