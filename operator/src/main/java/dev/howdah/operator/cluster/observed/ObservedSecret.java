// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.SecretKeys;
import dev.howdah.service.pki.CertificateFacts;
import dev.howdah.service.pki.Pem;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A Secret without its secrets: which keys it has, what its certificate says, whom it names.
///
/// @param user value of the key `username`
/// @param certificate of `tls.crt`, or else of `ca.crt`
/// @param authorities all certificates of `ca.crt`
/// @param damage what is wrong with the certificate, empty when nothing is
public record ObservedSecret(
    Meta meta,
    String type,
    Set<String> keys,
    String user,
    @Nullable CertificateFacts certificate,
    @Nullable X509Certificate x509,
    List<X509Certificate> authorities,
    String damage) {
  /// Reads it.
  public static ObservedSecret of(ObjectNode object) {
    JsonNode data = object.path("data");
    var keys = new HashSet<String>();
    data.fieldNames().forEachRemaining(keys::add);
    X509Certificate x509 = null;
    List<X509Certificate> authorities = List.of();
    String damage = "";
    try {
      if (keys.contains(SecretKeys.CA_CRT)) {
        authorities = List.copyOf(Pem.certificates(text(data, SecretKeys.CA_CRT)));
        x509 = authorities.getFirst();
      }
      if (keys.contains(SecretKeys.TLS_CRT)) {
        x509 = Pem.certificates(text(data, SecretKeys.TLS_CRT)).getFirst();
      }
    } catch (IllegalArgumentException e) {
      damage = String.valueOf(e.getMessage());
    }
    return new ObservedSecret(
        Meta.of(object),
        object.path("type").asText(""),
        Set.copyOf(keys),
        text(data, SecretKeys.USERNAME),
        x509 == null ? null : CertificateFacts.of(x509),
        x509,
        authorities,
        damage);
  }

  private static String text(JsonNode data, String key) {
    try {
      return new String(
          Base64.getMimeDecoder().decode(data.path(key).asText("")), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      return "";
    }
  }

  public String name() {
    return meta.name();
  }
}
