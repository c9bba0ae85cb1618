// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.backup.config.ByteRate;
import dev.howdah.kube.Json;
import java.util.Optional;

/// An object store as a Cluster, an ObjectStore or a finished Backup describes it.
///
/// @param tree in the form of `barmanObjectStore`
/// @param serverName the folder of the server in the store
/// @param field where the description is, for messages
/// @param encryption what the Cluster says of encryption before sending: `SECRET/KEY`, or
///   `SECRET/-` to read only; empty for none
/// @param bytesPerSecond how much may go over the network; 0 for no limit
public record StoreSpec(
    JsonNode tree, String serverName, String field, String encryption, long bytesPerSecond) {
  /// The annotation of a Cluster that names the Secret with the keys of its backups, and the one to
  /// encrypt with.
  public static final String ENCRYPTION = "howdah.dev/backup-encryption";

  /// In the place of a key: what is encrypted is read, and what is written is plain.
  private static final String READ_ONLY = "-";

  /// The annotation of a Cluster that limits base backups: bytes a second, as `20M`.
  public static final String BANDWIDTH = "howdah.dev/backup-bandwidth";

  private static final int PARALLEL = 2;

  /// The store that a Cluster writes its own WAL and backups to; empty if it has none.
  ///
  /// @throws IllegalArgumentException if it names one that can't be found
  public static Optional<StoreSpec> own(JsonNode cluster, PluginStores plugins) {
    return ownPlain(cluster, plugins).map(spec -> spec.encryptedAs(cluster));
  }

  private static Optional<StoreSpec> ownPlain(JsonNode cluster, PluginStores plugins) {
    JsonNode store = cluster.path("spec").path("backup").path("barmanObjectStore");
    if (store.isObject()) {
      return Optional.of(of(store, Json.name(cluster), "spec.backup.barmanObjectStore"));
    }
    for (JsonNode plugin : cluster.path("spec").path("plugins")) {
      if (plugin.path("enabled").asBoolean(true) && plugin.path("isWALArchiver").asBoolean(false)) {
        // to take WAL for archived that nobody has would be the worst
        return Optional.of(
            plugins
                .find(plugin, Json.name(cluster), "spec.plugins")
                .orElseThrow(() ->
                    new IllegalArgumentException(
                        "spec.plugins names the WAL archiver %s, which is not there; Howdah answers for %s"
                            .formatted(plugin.path("name").asText(""), Stores.PLUGIN))));
      }
    }
    return Optional.empty();
  }

  /// The store of one of the Cluster's `externalClusters`.
  ///
  /// @throws IllegalArgumentException if there is no such entry, or it has no store
  public static StoreSpec external(JsonNode cluster, String name, PluginStores plugins) {
    return externalPlain(cluster, name, plugins).encryptedAs(cluster);
  }

  /// The store of the cluster that this one follows, or followed until it was promoted; empty if it
  /// has none.
  public static Optional<StoreSpec> followed(JsonNode cluster, PluginStores plugins) {
    String source = cluster.path("spec").path("replica").path("source").asText("");
    for (JsonNode external : cluster.path("spec").path("externalClusters")) {
      boolean has = external.path("barmanObjectStore").isObject() || external.has("plugin");
      if (has && !source.isEmpty() && external.path("name").asText("").equals(source)) {
        return Optional.of(external(cluster, source, plugins));
      }
    }
    return Optional.empty();
  }

  private static StoreSpec externalPlain(JsonNode cluster, String name, PluginStores plugins) {
    for (JsonNode external : cluster.path("spec").path("externalClusters")) {
      if (external.path("name").asText("").equals(name)) {
        String field = "spec.externalClusters[" + name + "]";
        JsonNode store = external.path("barmanObjectStore");
        if (store.isObject()) {
          return of(store, name, field + ".barmanObjectStore");
        }
        Optional<StoreSpec> found = plugins.find(external.path("plugin"), name, field + ".plugin");
        return found.orElseThrow(() ->
            new IllegalArgumentException(
                field + " has no object store; add barmanObjectStore, or plugin"));
      }
    }
    throw new IllegalArgumentException(
        "spec.externalClusters has no entry \"%s\"; add it, with barmanObjectStore"
            .formatted(name));
  }

  /// @param defaultServerName the folder where the description names none
  public static StoreSpec of(JsonNode store, String defaultServerName, String field) {
    String given = store.path("serverName").asText("");
    return new StoreSpec(store, given.isEmpty() ? defaultServerName : given, field, "", 0);
  }

  /// The same with the keys that a Cluster names: of all stores that it reads or writes.
  public StoreSpec encryptedAs(JsonNode cluster) {
    return new StoreSpec(
        tree, serverName, field, Json.annotation(cluster, ENCRYPTION).strip(), bytesPerSecond);
  }

  /// The same with the limit that a Cluster sets for base backups.
  ///
  /// @throws IllegalArgumentException if it is no number of bytes
  public StoreSpec limitedAs(JsonNode cluster) {
    String limit = Json.annotation(cluster, BANDWIDTH);
    return limit.isBlank()
        ? this
        : new StoreSpec(
            tree, serverName, field, encryption, ByteRate.parse(limit, "annotation " + BANDWIDTH));
  }

  /// The Secret that holds the keys; empty for none.
  String keySecret() {
    int slash = encryption.indexOf('/');
    return slash < 0 ? encryption : encryption.substring(0, slash);
  }

  /// The key to encrypt with; empty where to read only was said.
  ///
  /// @throws IllegalArgumentException if it is only not named: what was meant to be encrypted must
  ///   not go out plain
  String activeKey() {
    String key = encryption.substring(keySecret().length()).replaceFirst("/", "").strip();
    if (key.isEmpty() || keySecret().isBlank()) {
      throw new IllegalArgumentException(
          "annotation %s: \"%s\" names no key to encrypt with; write SECRET/KEY, or SECRET/- to write plain and read what is encrypted"
              .formatted(ENCRYPTION, encryption));
    }
    return key.equals(READ_ONLY) ? "" : key;
  }

  public String destinationPath() {
    return tree.path("destinationPath").asText("");
  }

  public String endpoint() {
    return tree.path("endpointURL").asText("");
  }

  /// Where it is, for a person.
  public String place() {
    return destinationPath().replaceAll("/+$", "") + "/" + serverName;
  }

  /// How many WAL files are in work at the same time.
  public int parallel() {
    return Math.clamp(tree.path("wal").path("maxParallel").asInt(PARALLEL), 1, 32);
  }

  /// Finds the store that a plugin entry of a Cluster names.
  @FunctionalInterface
  public interface PluginStores {
    /// @param plugin an entry of `spec.plugins`, or an external cluster's `plugin`
    Optional<StoreSpec> find(JsonNode plugin, String defaultServerName, String field);
  }
}
