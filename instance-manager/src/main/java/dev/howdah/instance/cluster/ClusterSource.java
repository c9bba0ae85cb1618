// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Watch;
import dev.howdah.kube.WatchEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Cluster resource, followed by a watch and kept on the volume, so that an API server that is
/// away doesn't keep a server from starting.
public final class ClusterSource implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterSource.class);
  private static final int UNAUTHORIZED = 401;
  private static final Duration FIRST_READ = Duration.ofSeconds(3);
  private static final Duration QUICK = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final Duration QUESTION = Duration.ofSeconds(1);
  private static final Duration ASK_AGAIN = Duration.ofSeconds(2);

  private final KubeClient client;
  private final String namespace;
  private final String name;
  private final Volume volume;
  private volatile JsonNode current = Json.object();
  private volatile boolean live;
  private volatile boolean deleted;
  private volatile boolean ends;
  private volatile long asked = System.nanoTime() - ASK_AGAIN.toNanos();
  private @Nullable Watch watch;

  public ClusterSource(KubeClient client, String namespace, String name, Volume volume) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
    this.volume = volume;
  }

  /// Reads the Cluster; the kept copy if the API server doesn't answer. Without either, it tries
  /// until the API server answers.
  public JsonNode load() throws InterruptedException {
    while (true) {
      try {
        keep(client.deadline(FIRST_READ).get(Resource.CLUSTERS, namespace, name));
        live = true;
        return current;
      } catch (KubeException e) {
        Optional<ObjectNode> kept = kept();
        LOG.atWarn()
            .addKeyValue("error", e.getMessage())
            .addKeyValue("kept", kept.isPresent())
            .log("Cluster not readable");
        if (kept.isPresent()) {
          current = kept.get();
          return current;
        }
        Thread.sleep(PAUSE);
      }
    }
  }

  private Optional<ObjectNode> kept() {
    try {
      Optional<String> text = volume.cluster();
      return text.isEmpty() ? Optional.empty() : Optional.of(Json.parse(text.get()));
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("kept copy of the Cluster not readable");
      return Optional.empty();
    }
  }

  /// The Cluster that was kept last, perhaps by the version that ran while this one waited.
  public JsonNode lastKept() {
    return kept().map(JsonNode.class::cast).orElse(current);
  }

  /// Follows the Cluster; the listener hears of each new version, in order.
  public void follow(Consumer<JsonNode> listener) {
    watch =
        client.watchOne(
            Resource.CLUSTERS,
            namespace,
            name,
            event -> {
              switch (event) {
                case WatchEvent.Listed(var objects) -> objects.forEach(o -> take(o, listener));
                case WatchEvent.Upserted(var object) -> take(object, listener);
                case WatchEvent.Deleted _ -> {
                  deleted = true;
                  LOG.atInfo().log("Cluster deleted");
                }
                case WatchEvent.Failed(var cause, var retry) -> {
                  live = false;
                  LOG.atDebug()
                      .addKeyValue("error", cause.getMessage())
                      .addKeyValue("retry_ms", retry.toMillis())
                      .log("Cluster watch broken");
                }
              }
            });
  }

  private void take(ObjectNode object, Consumer<JsonNode> listener) {
    live = true;
    deleted = false;
    if (!Json.resourceVersion(object).equals(Json.resourceVersion(current))
        || !Json.uid(object).equals(Json.uid(current))) {
      keep(object);
      listener.accept(current);
    }
  }

  private void keep(ObjectNode object) {
    object.withObject("/metadata").remove("managedFields");
    current = object;
    try {
      volume.keepCluster(new String(Json.bytes(object), StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("copy of the Cluster not kept");
    }
  }

  /// The Cluster as last seen; empty before [#load].
  public JsonNode current() {
    return current;
  }

  /// The Cluster is being deleted, or was.
  public boolean isGoing() {
    return deleted || current.path("metadata").has("deletionTimestamp");
  }

  /// The namespace is being deleted: nothing new is accepted in it, or what lets this instance ask
  /// is gone already. The Cluster itself may go last of all.
  public boolean isNamespaceGoing() {
    if (live && System.nanoTime() - asked >= ASK_AGAIN.toNanos()) {
      asked = System.nanoTime();
      ends = ends || !acceptsEvents();
    }
    return ends;
  }

  /// Tries to create an event, which every instance may; nothing is stored.
  private boolean acceptsEvents() {
    ObjectNode event = Json.object(Resource.EVENTS, namespace, name + ".ends");
    event.putObject("involvedObject").put("namespace", namespace).put("name", name);
    try {
      client.deadline(QUESTION).tryCreate(Resource.EVENTS, event);
      return true;
    } catch (KubeException e) {
      return e.code() != UNAUTHORIZED && !e.isForbidden();
    }
  }

  /// The Cluster as the API server has it now. What was seen last stands for it only where nothing
  /// is said of other clusters that it could follow.
  ///
  /// @throws IOException if it can't be read, and what was seen last may be too old
  public JsonNode now() throws IOException {
    try {
      return client.deadline(QUICK).get(Resource.CLUSTERS, namespace, name);
    } catch (KubeException e) {
      JsonNode seen = current;
      if (seen.path("spec").path("externalClusters").isEmpty()) {
        return seen;
      }
      throw new IOException(
          "whether this cluster follows another one can't be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
  }
}
