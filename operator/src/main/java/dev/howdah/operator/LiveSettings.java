// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Watch;
import dev.howdah.kube.WatchEvent;
import dev.howdah.operator.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operator's settings as they stand: environment, ConfigMap, Secret, the later ones win. The
/// two objects are followed, and so is whether there is a pull secret; what can't be used is
/// reported, and the settings stay as they were.
final class LiveSettings implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveSettings.class);

  private final Map<String, String> environment;
  private final Watch[] watches;
  private Map<String, String> plain;
  private Map<String, String> secret;
  private boolean pullable;
  private OperatorSettings current;

  private LiveSettings(
      Map<String, String> environment,
      KubeClient client,
      String namespace,
      String configMap,
      String secretName) {
    this.environment = environment;
    this.plain = read(client, Resource.CONFIG_MAPS, namespace, configMap);
    this.secret = read(client, Resource.SECRETS, namespace, secretName);
    OperatorSettings given = OperatorSettings.of(List.of(environment, plain, secret));
    String pullSecret = given.pullSecret();
    this.pullable =
        !pullSecret.isEmpty() && client.find(Resource.SECRETS, namespace, pullSecret).isPresent();
    this.current = pullable ? given : given.withPullSecret("");
    this.watches =
        new Watch[] {
          client.watchOne(
              Resource.CONFIG_MAPS,
              namespace,
              configMap,
              event -> changed(event, Resource.CONFIG_MAPS, values -> plain = values)),
          client.watchOne(
              Resource.SECRETS,
              namespace,
              secretName,
              event -> changed(event, Resource.SECRETS, values -> secret = values)),
          client.watchOne(
              Resource.SECRETS,
              namespace,
              pullSecret.isEmpty() ? secretName : pullSecret,
              event -> pullSecretChanged(event, pullSecret))
        };
  }

  /// Reads the settings and begins to follow them.
  ///
  /// @throws IllegalArgumentException if they can't be used
  static LiveSettings follow(
      Map<String, String> environment, KubeClient client, String configMap, String secret) {
    Map<String, String> own = new HashMap<>(environment);
    own.putIfAbsent("OPERATOR_NAMESPACE", client.namespace());
    if (givesIds(client)) {
      own.putIfAbsent(SettingKey.HOWDAH_PLATFORM_IDS.name(), "true");
    }
    String namespace = own.getOrDefault("OPERATOR_NAMESPACE", "");
    return new LiveSettings(own, client, namespace, configMap, secret);
  }

  /// Whether the platform gives pods their ids, by SecurityContextConstraints.
  private static boolean givesIds(KubeClient client) {
    try {
      client.request("GET", "/apis/security.openshift.io", Map.of(), null);
      return true;
    } catch (KubeException e) {
      if (e.isNotFound() || e.isForbidden()) {
        return false;
      }
      throw e;
    }
  }

  /// The settings now; the same object until they change.
  synchronized OperatorSettings current() {
    return current;
  }

  /// Waits for other settings than these, but not longer than this.
  synchronized void awaitOther(OperatorSettings known, Duration limit) throws InterruptedException {
    if (current.equals(known)) {
      wait(limit.toMillis());
    }
  }

  private synchronized void changed(
      WatchEvent event, Resource resource, Consumer<Map<String, String>> keep) {
    switch (event) {
      case WatchEvent.Listed listed ->
          keep.accept(
              listed.objects().isEmpty()
                  ? Map.of()
                  : values(resource, listed.objects().getFirst()));
      case WatchEvent.Upserted upserted -> keep.accept(values(resource, upserted.object()));
      case WatchEvent.Deleted _ -> keep.accept(Map.of());
      case WatchEvent.Failed _ -> {
        return; // goes on by itself
      }
    }
    refresh();
  }

  /// Another name of it takes effect at the next start.
  private synchronized void pullSecretChanged(WatchEvent event, String name) {
    boolean there =
        switch (event) {
          case WatchEvent.Listed(var objects) -> !objects.isEmpty();
          case WatchEvent.Upserted _ -> true;
          case WatchEvent.Deleted _ -> false;
          case WatchEvent.Failed _ -> pullable;
        };
    if (!name.isEmpty() && there != pullable) {
      pullable = there;
      refresh();
    }
  }

  private void refresh() {
    try {
      OperatorSettings fresh = OperatorSettings.of(List.of(environment, plain, secret));
      if (!pullable) {
        fresh = fresh.withPullSecret("");
      }
      if (!fresh.equals(current)) {
        current = fresh;
        LOG.info("settings changed");
        notifyAll();
      }
    } catch (IllegalArgumentException e) {
      LOG.atError()
          .addKeyValue("cause", e.getMessage())
          .log("settings refused, going on with those before");
    }
  }

  private static Map<String, String> read(
      KubeClient client, Resource resource, String namespace, String name) {
    return client
        .find(resource, namespace, name)
        .map(object -> values(resource, object))
        .orElse(Map.of());
  }

  private static Map<String, String> values(Resource resource, ObjectNode object) {
    JsonNode data = object.path("data");
    return resource.equals(Resource.SECRETS) ? decoded(data) : Tree.texts(data);
  }

  private static Map<String, String> decoded(JsonNode data) {
    Map<String, String> texts = new HashMap<>();
    Tree.texts(data)
        .forEach((key, value) ->
            texts.put(
                key, new String(Base64.getMimeDecoder().decode(value), StandardCharsets.UTF_8)));
    return texts;
  }

  @Override
  public void close() {
    for (Watch watch : watches) {
      watch.close();
    }
  }
}
