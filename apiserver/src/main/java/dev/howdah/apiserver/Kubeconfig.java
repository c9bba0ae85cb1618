// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import dev.howdah.service.pki.CertifiedKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// The text of a kubeconfig with one cluster, one user and one context.
final class Kubeconfig {
  private Kubeconfig() {}

  static String withCertificate(
      URI server, String caPem, User user, String namespace, CertifiedKey key) {
    var credentials =
        "    client-certificate-data: %s\n    client-key-data: %s\n"
            .formatted(base64(key.certificatePem()), base64(key.keyPem()));
    return text(server, caPem, user, namespace, credentials);
  }

  static String withToken(URI server, String caPem, User user, String namespace, String token) {
    return text(server, caPem, user, namespace, "    token: " + token + "\n");
  }

  private static String text(
      URI server, String caPem, User user, String namespace, String credentials) {
    return """
    apiVersion: v1
    kind: Config
    clusters:
    - name: howdah
      cluster:
        server: %s
        certificate-authority-data: %s
    users:
    - name: "%s"
      user:
    %scontexts:
    - name: howdah
      context:
        cluster: howdah
        user: "%s"
        namespace: %s
    current-context: howdah
    """
        .formatted(server, base64(caPem), user.name(), credentials, user.name(), namespace);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
