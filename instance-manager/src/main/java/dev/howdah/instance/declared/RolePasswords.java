// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.declared;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.objects.ManagedRoles.Password;
import dev.howdah.postgres.objects.RoleSpec;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// Reads the passwords of roles from their Secrets.
final class RolePasswords {
  private final KubeClient kube;
  private final String namespace;

  RolePasswords(KubeClient kube, String namespace) {
    this.kube = kube;
    this.namespace = namespace;
  }

  /// What a role's definition says of its password.
  Password of(RoleSpec role) {
    if (role.disablePassword()) {
      return new Password.Disabled();
    }
    String name = role.passwordSecret();
    if (name.isEmpty()) {
      return new Password.Untouched();
    }
    try {
      JsonNode secret = kube.get(Resource.SECRETS, namespace, name);
      String user = value(secret, "username");
      String password = value(secret, "password");
      if (!user.equals(role.name())) {
        return new Password.Unreadable(
            "Secret %s is of user \"%s\", not of this role; correct its username"
                .formatted(name, user));
      }
      return password.isEmpty()
          ? new Password.Unreadable("Secret " + name + " has no password; add the key password")
          : new Password.Given(password, Json.resourceVersion(secret));
    } catch (KubeException e) {
      return new Password.Unreadable("Secret %s: %s".formatted(name, e.getMessage()));
    } catch (IllegalArgumentException e) {
      return new Password.Unreadable("Secret " + name + " is not base64");
    }
  }

  static String value(JsonNode secret, String key) {
    return new String(
        Base64.getMimeDecoder().decode(secret.path("data").path(key).asText("")),
        StandardCharsets.UTF_8);
  }
}
