// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The Secrets that a Cluster uses through other objects: the ObjectStores of its plugins, and the
/// Backup that it is recovered from.
final class StoreSecrets {
  private static final Resource OBJECT_STORES =
      new Resource("barmancloud.cnpg.io", "v1", "objectstores", "ObjectStore", true);
  private static final Duration LASTS = Duration.ofSeconds(30);

  private final KubeClient client;
  private final Map<String, Found> known = new ConcurrentHashMap<>();

  private record Found(Set<String> names, Instant at) {}

  StoreSecrets(KubeClient client) {
    this.client = client;
  }

  /// Their names.
  Set<String> of(ObservedCluster cluster, Instant now) {
    var names = new TreeSet<String>();
    JsonNode spec = cluster.spec();
    for (JsonNode plugin : spec.path("plugins")) {
      plugin(cluster.key(), plugin, now, names);
    }
    for (JsonNode external : spec.path("externalClusters")) {
      plugin(cluster.key(), external.path("plugin"), now, names);
    }
    String backup = spec.path("bootstrap").path("recovery").path("backup").path("name").asText("");
    if (!backup.isEmpty()) {
      names.addAll(find(Resource.BACKUPS, cluster.key(), backup, now));
    }
    return names;
  }

  private void plugin(Key cluster, JsonNode plugin, Instant now, Set<String> names) {
    String store = plugin.path("parameters").path("barmanObjectName").asText("");
    if (!store.isEmpty()) {
      names.addAll(find(OBJECT_STORES, cluster, store, now));
    }
  }

  private Set<String> find(Resource resource, Key cluster, String name, Instant now) {
    String key = resource.kind() + " " + cluster.namespace() + "/" + name;
    Found found = known.get(key);
    if (found == null || Duration.between(found.at, now).compareTo(LASTS) > 0) {
      found = new Found(read(resource, cluster.namespace(), name, found), now);
      known.put(key, found);
    }
    return found.names;
  }

  private Set<String> read(
      Resource resource, String namespace, String name, @Nullable Found before) {
    try {
      var names = new TreeSet<String>();
      client
          .find(resource, namespace, name)
          .ifPresent(object -> {
            collect(object.path("spec").path("configuration"), names);
            collect(object.path("status"), names);
          });
      return names;
    } catch (KubeException e) {
      return before == null ? Set.of() : before.names;
    }
  }

  private static void collect(JsonNode store, Set<String> names) {
    for (String field : new String[] {"s3Credentials", "azureCredentials", "googleCredentials"}) {
      for (JsonNode reference : store.path(field)) {
        add(reference, names);
      }
    }
    add(store.path("endpointCA"), names);
  }

  private static void add(JsonNode reference, Set<String> names) {
    String name = reference.path("name").asText("");
    if (!name.isEmpty()) {
      names.add(name);
    }
  }
}
