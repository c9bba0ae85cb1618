// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a client on this machine needs to reach a Cluster of the embedded mode: a libpq service
/// file with address, user and certificate authority, and the password in a file of mode 0600
/// (PostgreSQL manual, "The Connection Service File" and "The Password File").
///
/// @param user the user that the service logs in as
/// @param secret the Secret that the password came from
record Access(
    String service, Path serviceFile, String address, String database, String user, String secret) {

  /// Writes the files for a Cluster; empty while its service or a usable secret is missing.
  static Optional<Access> write(Home home, KubeClient client, ObjectNode cluster)
      throws IOException {
    var namespace = Json.namespace(cluster);
    var name = Json.name(cluster);
    var service = client.find(Resource.SERVICES, namespace, name + "-rw");
    var ca =
        secret(
            client,
            namespace,
            cluster.at("/status/certificates/serverCASecret").asText(name + "-ca"));
    var login = login(client, cluster);
    if (service.isEmpty() || ca == null || login == null) {
      return Optional.empty();
    }
    return Optional.of(write(home, cluster, service.get(), ca, login));
  }

  /// One command after the other: each writes the file that all of them use.
  static synchronized Access write(
      Home home, ObjectNode cluster, ObjectNode service, ObjectNode ca, ObjectNode login)
      throws IOException {
    var folder = home.path().resolve("access");
    Files.createDirectories(folder);
    try (var file =
            FileChannel.open(
                folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = file.lock()) {
      return write(home, folder, cluster, service, ca, login);
    }
  }

  private static Access write(
      Home home,
      Path folder,
      ObjectNode cluster,
      ObjectNode service,
      ObjectNode ca,
      ObjectNode login)
      throws IOException {
    var namespace = Json.namespace(cluster);
    var name = Json.name(cluster);
    var id = namespace + "." + name;
    var address = service.at("/spec/clusterIP").asText();
    var database = database(cluster, login);
    var caFile = folder.resolve(id + ".ca.crt");
    var passFile = folder.resolve(id + ".pgpass");
    replace(caFile, value(ca, "ca.crt"), "rw-r--r--");
    var user = value(login, "username");
    var password = value(login, "password").replace("\\", "\\\\").replace(":", "\\:");
    replace(passFile, "*:*:*:" + user.replace(":", "\\:") + ":" + password + "\n", "rw-------");
    replace(
        folder.resolve(id + ".service"),
        """
        [%s]
        host=%s
        hostaddr=%s
        port=5432
        dbname=%s
        user=%s
        passfile=%s
        sslmode=verify-full
        sslrootcert=%s
        """
            .formatted(
                id, name + "-rw." + namespace + ".svc", address, database, user, passFile, caFile),
        "rw-r--r--");
    var serviceFile = home.path().resolve("pg_service.conf");
    replace(serviceFile, all(folder), "rw-r--r--");
    return new Access(id, serviceFile, address, database, user, Json.name(login));
  }

  /// The command that connects.
  String command() {
    return "PGSERVICEFILE=%s psql service=%s".formatted(serviceFile, service);
  }

  private static String all(Path folder) throws IOException {
    var text =
        new StringBuilder("# Written by howdah up; use it with: PGSERVICEFILE=… psql service=…\n");
    try (var files = Files.list(folder)) {
      List<Path> services = files.filter(f -> f.toString().endsWith(".service")).sorted().toList();
      for (var file : services) {
        text.append(Files.readString(file));
      }
    }
    return text.toString();
  }

  /// The application's secret when there is one, else the superuser's where it may log in.
  private static @Nullable ObjectNode login(KubeClient client, ObjectNode cluster) {
    var name = Json.name(cluster);
    for (var path :
        List.of("/spec/bootstrap/initdb/secret/name", "/spec/bootstrap/recovery/secret/name")) {
      var own = cluster.at(path).asText("");
      if (!own.isEmpty()) {
        return secret(client, Json.namespace(cluster), own);
      }
    }
    var app = secret(client, Json.namespace(cluster), name + "-app");
    if (app != null) {
      return app;
    }
    var superuser = cluster.at("/spec/superuserSecret/name").asText(name + "-superuser");
    return secret(client, Json.namespace(cluster), superuser);
  }

  private static String database(ObjectNode cluster, JsonNode login) {
    var asked = cluster.at("/spec/bootstrap/initdb/database").asText("");
    if (!asked.isEmpty()) {
      return asked;
    }
    var named = value(login, "dbname");
    return named.isEmpty() || named.equals("*") ? "app" : named;
  }

  private static @Nullable ObjectNode secret(KubeClient client, String namespace, String name) {
    return client.find(Resource.SECRETS, namespace, name).orElse(null);
  }

  private static String value(JsonNode secret, String key) {
    var encoded = secret.path("data").path(key).asText("");
    return new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
  }

  private static void replace(Path file, String text, String mode) throws IOException {
    var temporary = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Files.createFile(
        temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
    Files.writeString(temporary, text);
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
