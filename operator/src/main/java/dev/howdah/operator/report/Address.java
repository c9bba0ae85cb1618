// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.report;

import java.security.cert.X509Certificate;
import java.util.List;

/// Where an instance manager answers, and who must have signed its certificate.
///
/// @param instance the one that is meant: another may have the address by now, which says so
/// @param serverName a name that its certificate must have
public record Address(
    String host, int port, String instance, String serverName, List<X509Certificate> authorities) {
  public Address {
    authorities = List.copyOf(authorities);
  }
}
