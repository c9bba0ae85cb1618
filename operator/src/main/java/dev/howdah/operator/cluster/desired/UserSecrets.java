// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.api.names.SecretKeys;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// A Secret with which a user connects: name, password, and the addresses made of them.
public final class UserSecrets {
  private static final String PORT = "5432";

  /// Which version of which Secret the password was taken from.
  public static final String PASSWORD_FROM = "howdah.dev/passwordFrom";

  private UserSecrets() {}

  /// The application's, or the superuser's.
  ///
  /// @param type `app` or `superuser`
  /// @param database `*` for the superuser: any
  public static ObjectNode desired(
      Blueprint blueprint,
      String name,
      String type,
      String user,
      String database,
      String password) {
    Map<String, String> labels = blueprint.labels();
    labels.put(Labels.USER_TYPE, type);
    labels.put(Labels.RELOAD, "true");
    ObjectNode secret = blueprint.object(Resource.SECRETS, name, labels, blueprint.annotations());
    secret.put("type", SecretKeys.BASIC_AUTH);
    String host = ObjectNames.readWriteService(blueprint.name());
    String near = host + "." + blueprint.namespace();
    String fqdn = near + ".svc." + blueprint.settings().clusterDomain();
    secret.set(
        "stringData",
        Tree.map(
            SecretKeys.USERNAME, user,
            SecretKeys.USER, user,
            SecretKeys.PASSWORD, password,
            SecretKeys.DBNAME, database,
            SecretKeys.HOST, host,
            SecretKeys.PORT, PORT,
            SecretKeys.PGPASS,
                "%s:%s:%s:%s:%s\n"
                    .formatted(host, PORT, escaped(database), escaped(user), escaped(password)),
            SecretKeys.URI, uri(near, user, database, password),
            SecretKeys.JDBC_URI, jdbc(near, user, database, password),
            SecretKeys.FQDN_URI, uri(fqdn, user, database, password),
            SecretKeys.FQDN_JDBC_URI, jdbc(fqdn, user, database, password)));
    return secret;
  }

  private static String uri(String host, String user, String database, String password) {
    return "postgresql://%s:%s@%s:%s/%s"
        .formatted(encoded(user), encoded(password), host, PORT, encoded(database));
  }

  private static String jdbc(String host, String user, String database, String password) {
    return "jdbc:postgresql://%s:%s/%s?password=%s&user=%s"
        .formatted(host, PORT, encoded(database), encoded(password), encoded(user));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("%2A", "*");
  }

  /// As a line of a password file wants it.
  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace(":", "\\:");
  }
}
