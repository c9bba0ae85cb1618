// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.tls;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.volume.AtomicFile;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

/// The certificates of a cluster as PEM texts: read from its secrets, kept in files for PostgreSQL
/// and for a restart without API server.
public record PemFiles(
    String serverCertificate,
    String serverKey,
    String serverCa,
    String replicationCertificate,
    String replicationKey,
    String clientCa) {

  /// The names of the four secrets.
  public record Secrets(String server, String serverCa, String replication, String clientCa) {
    /// As `status.certificates` says, or the defaults.
    public static Secrets of(String cluster, JsonNode resource) {
      JsonNode names = resource.path("status").path("certificates");
      return new Secrets(
          names.path("serverTLSSecret").asText(cluster + "-server"),
          names.path("serverCASecret").asText(cluster + "-ca"),
          names.path("replicationTLSSecret").asText(cluster + "-replication"),
          names.path("clientCASecret").asText(cluster + "-ca"));
    }
  }

  /// Reads the secrets by name, which is all that an instance may.
  public static PemFiles read(KubeClient client, String namespace, Secrets names)
      throws IOException {
    JsonNode server = client.get(Resource.SECRETS, namespace, names.server());
    JsonNode replication = client.get(Resource.SECRETS, namespace, names.replication());
    JsonNode serverCa = client.get(Resource.SECRETS, namespace, names.serverCa());
    JsonNode clientCa =
        names.clientCa().equals(names.serverCa())
            ? serverCa
            : client.get(Resource.SECRETS, namespace, names.clientCa());
    return new PemFiles(
        value(server, "tls.crt"),
        value(server, "tls.key"),
        value(serverCa, "ca.crt"),
        value(replication, "tls.crt"),
        value(replication, "tls.key"),
        value(clientCa, "ca.crt"));
  }

  private static String value(JsonNode secret, String key) throws IOException {
    String encoded = secret.path("data").path(key).asText("");
    if (encoded.isEmpty()) {
      throw new IOException(
          "secret %s has no %s".formatted(secret.path("metadata").path("name").asText(), key));
    }
    return new String(Base64.getDecoder().decode(encoded), StandardCharsets.US_ASCII);
  }

  /// Writes what differs. True if anything did, so that PostgreSQL has to reload.
  public boolean write(Path folder) throws IOException {
    Files.createDirectories(folder);
    boolean changed = AtomicFile.writeIfChanged(folder.resolve("server.key"), serverKey);
    changed |= AtomicFile.writeIfChanged(folder.resolve("server.crt"), serverCertificate);
    changed |= AtomicFile.writeIfChanged(folder.resolve("server-ca.crt"), serverCa);
    changed |= AtomicFile.writeIfChanged(folder.resolve("streaming_replica.key"), replicationKey);
    changed |=
        AtomicFile.writeIfChanged(folder.resolve("streaming_replica.crt"), replicationCertificate);
    changed |= AtomicFile.writeIfChanged(folder.resolve("client-ca.crt"), clientCa);
    return changed;
  }

  /// What an earlier run left in the files; empty if one is missing.
  public static Optional<PemFiles> load(Path folder) {
    try {
      return Optional.of(
          new PemFiles(
              Files.readString(folder.resolve("server.crt")),
              Files.readString(folder.resolve("server.key")),
              Files.readString(folder.resolve("server-ca.crt")),
              Files.readString(folder.resolve("streaming_replica.crt")),
              Files.readString(folder.resolve("streaming_replica.key")),
              Files.readString(folder.resolve("client-ca.crt"))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return "PemFiles[hidden]";
  }
}
