// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import java.util.Optional;

/// An object store as a Cluster, an ObjectStore or a finished Backup describes it.
///
/// @param tree in the form of `barmanObjectStore`
/// @param serverName the folder of the server in the store
/// @param field where the description is, for messages
public record StoreSpec(JsonNode tree, String serverName, String field) {
  private static final int PARALLEL = 2;

  /// The store that a Cluster writes its own WAL and backups to; empty if it has none.
  ///
  /// @throws IllegalArgumentException if it names one that can't be found
  public static Optional<StoreSpec> own(JsonNode cluster, PluginStores plugins) {
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
    return new StoreSpec(store, given.isEmpty() ? defaultServerName : given, field);
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
