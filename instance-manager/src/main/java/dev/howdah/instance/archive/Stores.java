// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.config.StoreConfiguration;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.crypt.ClientKeys;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Opens object stores with the credentials that Secrets hold, and follows the Secrets: what was
/// changed there counts within seconds, without a restart.
public final class Stores implements AutoCloseable, StoreSpec.PluginStores {
  /// The name under which the API knows the plugin that Howdah answers for by itself.
  public static final String PLUGIN = "barman-cloud.cloudnative-pg.io";

  private static final Resource OBJECT_STORES =
      new Resource("barmancloud.cnpg.io", "v1", "objectstores", "ObjectStore", true);
  private static final Duration FRESH = Duration.ofSeconds(10);
  private static final Duration CALL = Duration.ofSeconds(5);

  private final KubeClient kube;
  private final String namespace;
  private final Map<StoreSpec, Connection> connections = new HashMap<>();
  private final Map<String, Kept> plugins = new HashMap<>();

  private record Kept(JsonNode object, long readAt) {}

  /// A store as its description and the Secrets say.
  public record Opened(ObjectStore store, StoreConfiguration configuration, StoreSpec spec) {
    /// Its WAL.
    public WalArchive archive(long segmentBytes) {
      return new WalArchive(store, spec.serverName(), configuration.walSettings(segmentBytes));
    }
  }

  public Stores(KubeClient kube, String namespace) {
    this.kube = kube.deadline(CALL);
    this.namespace = namespace;
  }

  /// The store, connected as its Secrets say now. While the API server is away, as they said last.
  ///
  /// @throws IllegalArgumentException if the description or a Secret of it can't be used
  public synchronized Opened open(StoreSpec spec) {
    return connections.computeIfAbsent(spec, Connection::new).now();
  }

  @Override
  public synchronized void close() {
    connections.values().forEach(Connection::close);
    connections.clear();
  }

  @Override
  public synchronized Optional<StoreSpec> find(
      JsonNode plugin, String defaultServerName, String field) {
    if (!plugin.path("name").asText("").equals(PLUGIN)) {
      return Optional.empty();
    }
    JsonNode parameters = plugin.path("parameters");
    String name = parameters.path("barmanObjectName").asText("");
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          field + ": parameters.barmanObjectName is missing; name an ObjectStore there");
    }
    JsonNode store = objectStore(name, field).path("spec").path("configuration");
    String server = parameters.path("serverName").asText("");
    return Optional.of(
        StoreSpec.of(store, server.isEmpty() ? defaultServerName : server, "ObjectStore " + name));
  }

  /// The ObjectStore of a plugin, to read its retention policy.
  JsonNode objectStore(String name, String field) {
    Kept kept = plugins.get(name);
    if (kept != null && System.nanoTime() - kept.readAt < FRESH.toNanos()) {
      return kept.object;
    }
    try {
      JsonNode object = kube.get(OBJECT_STORES, namespace, name);
      plugins.put(name, new Kept(object, System.nanoTime()));
      return object;
    } catch (KubeException e) {
      if (kept != null && !e.isNotFound()) {
        return kept.object;
      }
      throw new IllegalArgumentException(
          "%s names the ObjectStore %s, which can't be read: %s"
              .formatted(field, name, e.getMessage()),
          e);
    }
  }

  private final class Connection {
    private final StoreSpec spec;
    private @Nullable Opened opened;
    private long readAt;

    Connection(StoreSpec spec) {
      this.spec = spec;
    }

    Opened now() {
      Opened known = opened;
      if (known != null && System.nanoTime() - readAt < FRESH.toNanos()) {
        return known;
      }
      StoreConfiguration wanted = resolve(known);
      readAt = System.nanoTime();
      if (known == null || !wanted.equals(known.configuration)) {
        close();
        known = new Opened(dev.howdah.backup.config.Stores.open(wanted), wanted, spec);
        opened = known;
      }
      return known;
    }

    private StoreConfiguration resolve(@Nullable Opened before) {
      try {
        var read = new HashMap<String, ObjectNode>();
        return StoreConfiguration.of(
                spec.tree(), spec.serverName(), (name, key) -> value(name, key, read))
            .with(spec.encryption().isEmpty() ? null : keys(read), spec.bytesPerSecond());
      } catch (KubeException e) {
        if (before == null || e.isNotFound() || e.isForbidden()) {
          throw new IllegalArgumentException(
              "%s: a Secret can't be read: %s".formatted(spec.field(), e.getMessage()), e);
        }
        return before.configuration; // the API server is away; what was known goes on
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(spec.field() + ": " + e.getMessage(), e);
      }
    }

    private ClientKeys keys(Map<String, ObjectNode> read) {
      String name = spec.keySecret();
      String active = spec.activeKey(); // before a Secret of no name is asked for
      var texts = new HashMap<String, String>();
      secret(name, read)
          .path("data")
          .properties()
          .forEach(p -> texts.put(p.getKey(), value(name, p.getKey(), read)));
      return ClientKeys.of(texts, active, "the Secret " + name);
    }

    private ObjectNode secret(String name, Map<String, ObjectNode> read) {
      return read.computeIfAbsent(name, n -> kube.get(Resource.SECRETS, namespace, n));
    }

    private String value(String name, String key, Map<String, ObjectNode> read) {
      ObjectNode secret = secret(name, read);
      String encoded = secret.path("data").path(key).asText("");
      if (encoded.isEmpty()) {
        throw new IllegalArgumentException(
            "Secret %s has no key \"%s\"; add it".formatted(name, key));
      }
      return new String(Base64.getMimeDecoder().decode(encoded), StandardCharsets.UTF_8);
    }

    void close() {
      if (opened != null) {
        opened.store.close();
        opened = null;
      }
    }
  }
}
