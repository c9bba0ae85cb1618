// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.upkeep;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.sql.Roles;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives the application's owner and the superuser the passwords of their secrets. A secret that
/// isn't there changes nothing: the Cluster changes when it comes.
public final class Passwords {
  private static final Logger LOG = LoggerFactory.getLogger(Passwords.class);
  private static final String SUPERUSER = "postgres";

  private final KubeClient kube;
  private final String namespace;
  private final Map<String, String> done = new HashMap<>();

  public Passwords(KubeClient kube, String namespace) {
    this.kube = kube;
    this.namespace = namespace;
  }

  /// Forgets what was done: another server, or another primary, came in between.
  public void forget() {
    done.clear();
  }

  /// @throws KubeException if the API server doesn't answer: to be tried again
  public void ensure(Roles roles, JsonNode cluster) {
    if (application(roles, cluster).equals(SUPERUSER)) {
      return; // the application's owner is the superuser: one credential for both
    }
    JsonNode spec = cluster.path("spec");
    if (spec.path("enableSuperuserAccess").asBoolean(false)) {
      String name =
          spec.path("superuserSecret").path("name").asText(Json.name(cluster) + "-superuser");
      set(roles, name, SUPERUSER);
    } else if (!"none".equals(done.get(SUPERUSER))) {
      roles.removePassword(SUPERUSER);
      done.put(SUPERUSER, "none");
    }
  }

  /// Answers whose password it was.
  private String application(Roles roles, JsonNode cluster) {
    JsonNode bootstrap = cluster.path("spec").path("bootstrap");
    for (String kind : new String[] {"initdb", "recovery", "pg_basebackup"}) {
      JsonNode secret = bootstrap.path(kind).path("secret").path("name");
      if (!secret.asText("").isEmpty()) {
        return set(roles, secret.asText(), "");
      }
    }
    return set(roles, Json.name(cluster) + "-app", "");
  }

  /// Answers whose password it is; empty where the secret can't be read.
  ///
  /// @param role whose password it is; empty: the one that the secret names
  private String set(Roles roles, String secretName, String role) {
    Optional<JsonNode> secret = read(secretName);
    if (secret.isEmpty()) {
      return role;
    }
    String version = secretName + "@" + Json.resourceVersion(secret.get());
    String user = role.isEmpty() ? value(secret.get(), "username") : role;
    String password = value(secret.get(), "password");
    if (user.isEmpty() || password.isEmpty() || version.equals(done.get(user))) {
      return user;
    }
    if (roles.exists(user)) {
      roles.setPassword(user, password);
      done.put(user, version);
    }
    return user;
  }

  private Optional<JsonNode> read(String name) {
    try {
      return Optional.of(kube.get(Resource.SECRETS, namespace, name));
    } catch (KubeException e) {
      if (e.isTransient()) {
        throw e;
      }
      LOG.atDebug()
          .addKeyValue("secret", name)
          .addKeyValue("error", e.getMessage())
          .log("not read");
      return Optional.empty();
    }
  }

  private static String value(JsonNode secret, String key) {
    String encoded = secret.path("data").path(key).asText("");
    return new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
  }
}
