// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.outside;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.howdah.instance.cluster.ClusterFields;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.config.ConnInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How to reach the servers of `spec.externalClusters`. Passwords and keys go into files that only
/// the server's user can read, never into a connection string.
public final class OutsideServers {
  private final KubeClient kube;
  private final String namespace;
  private final Path folder;

  /// @param folder below which the files are kept, one folder for each server
  public OutsideServers(KubeClient kube, String namespace, Path folder) {
    this.kube = kube;
    this.namespace = namespace;
    this.folder = folder;
  }

  public static JsonNode entry(JsonNode cluster, String name) {
    for (JsonNode entry : cluster.path("spec").path("externalClusters")) {
      if (!name.isEmpty() && entry.path("name").asText("").equals(name)) {
        return entry;
      }
    }
    return MissingNode.getInstance();
  }

  /// The connection string for one database of a server.
  ///
  /// @param database empty: the one that the parameters name
  public ConnInfo connection(JsonNode entry, String database) {
    Map<String, String> keywords = new LinkedHashMap<>();
    entry
        .path("connectionParameters")
        .properties()
        .forEach(parameter -> keywords.put(parameter.getKey(), parameter.getValue().asText()));
    String password = keywords.remove("password");
    var connection = new ConnInfo(keywords);
    if (!database.isEmpty()) {
      connection = connection.with("dbname", database);
    }
    Path own = folder.resolve(entry.path("name").asText());
    try {
      Files.createDirectories(
          own, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      for (String field : new String[] {"sslCert", "sslKey", "sslRootCert"}) {
        if (entry.path(field).isObject()) {
          Path file = own.resolve(field.toLowerCase(Locale.ROOT) + ".pem");
          write(file, secret(entry.path(field)));
          connection = connection.with(field.toLowerCase(Locale.ROOT), file.toString());
        }
      }
      if (entry.path("password").isObject()) {
        password = new String(secret(entry.path("password")), StandardCharsets.UTF_8);
      }
      if (password != null) {
        Path file = own.resolve("pgpass");
        String line = "*:*:*:*:" + password.replace("\\", "\\\\").replace(":", "\\:") + "\n";
        write(file, line.getBytes(StandardCharsets.UTF_8));
        connection = connection.with("passfile", file.toString());
      }
    } catch (IOException e) {
      throw new PostgresException("the files for an outside server can't be written: " + e);
    }
    return connection;
  }

  /// The connection string to the cluster that this one follows, as `spec.replica` says.
  ///
  /// @param instance the instance that connects
  /// @return null where there is nobody to stream from: nobody is followed any more, or by the
  ///   archive alone
  public @Nullable ConnInfo followed(JsonNode cluster, String instance) throws IOException {
    String source = cluster.path("spec").path("replica").path("source").asText("");
    JsonNode entry = followed(cluster);
    if (!entry.path("connectionParameters").isObject()) {
      if (!ClusterFields.isReplica(cluster) || hasStore(entry)) {
        return null;
      }
      throw new IOException(
          "spec.externalClusters has neither connectionParameters nor an object store for %s, which is followed"
              .formatted(source));
    }
    return following(entry, new ClusterFields(cluster).nameOutside(instance)).givingUpSoon();
  }

  private static boolean hasStore(JsonNode entry) {
    return entry.path("barmanObjectStore").isObject() || entry.path("plugin").isObject();
  }

  /// Whether the cluster that this one follows is reached by its archive alone.
  public static boolean isByArchiveAlone(JsonNode cluster) {
    JsonNode entry = followed(cluster);
    return hasStore(entry) && !entry.path("connectionParameters").isObject();
  }

  /// The entry of the cluster that this one follows, or followed until it was promoted.
  private static JsonNode followed(JsonNode cluster) {
    return entry(cluster, cluster.path("spec").path("replica").path("source").asText(""));
  }

  /// The connection string of a standby of that server, or of one that copies it.
  ///
  /// @param name what the standby calls itself there
  public ConnInfo following(JsonNode entry, String name) {
    return connection(entry, "").with("application_name", name);
  }

  private byte[] secret(JsonNode reference) {
    String name = reference.path("name").asText("");
    String key = reference.path("key").asText("");
    try {
      String value = kube.get(Resource.SECRETS, namespace, name).path("data").path(key).asText("");
      if (value.isEmpty()) {
        throw new PostgresException(
            "Secret %s has no key %s; add it, or name another in spec.externalClusters"
                .formatted(name, key));
      }
      return Base64.getMimeDecoder().decode(value);
    } catch (KubeException e) {
      throw new PostgresException("Secret %s: %s".formatted(name, e.getMessage()));
    }
  }

  /// Replaced as a whole, and never readable for others, not even for a moment.
  private static void write(Path file, byte[] content) throws IOException {
    if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), content)) {
      return;
    }
    Path fresh =
        Files.createTempFile(
            file.getParent(),
            "new",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(fresh, content);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
