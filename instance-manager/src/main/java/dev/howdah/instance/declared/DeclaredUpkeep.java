// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.instance.cluster.ClusterFields;
import dev.howdah.instance.cluster.ClusterSource;
import dev.howdah.instance.outside.OutsideServers;
import dev.howdah.instance.server.Observer;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.server.ServerFiles;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.kube.Watch;
import dev.howdah.kube.WatchEvent;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// On the primary: makes PostgreSQL what resources declare, on each change of one and every now and
/// then. It has a thread of its own, since to make a database may take long.
public final class DeclaredUpkeep {
  private static final Logger LOG = LoggerFactory.getLogger(DeclaredUpkeep.class);
  private static final Duration AGAIN = Duration.ofSeconds(30);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  private final KubeClient kube;
  private final String namespace;
  private final ClusterSource cluster;
  private final ServerFiles files;
  private final ServerContext context;
  private final Observer observer;
  private final List<DeclaredKind> kinds;
  private final ClusterDeclarations own;
  private final Map<String, Map<String, ObjectNode>> seen = new ConcurrentHashMap<>();
  private final List<Watch> watches = new ArrayList<>();
  private final BlockingQueue<Boolean> bell = new ArrayBlockingQueue<>(1);
  private boolean fresh = true;

  public DeclaredUpkeep(
      KubeClient kube,
      ClusterSource cluster,
      ServerContext context,
      ServerFiles files,
      Observer observer,
      PgServer sql) {
    this.kube = kube.deadline(Duration.ofSeconds(5));
    this.namespace = context.pod().namespace();
    this.cluster = cluster;
    this.context = context;
    this.files = files;
    this.observer = observer;
    var passwords = new RolePasswords(this.kube, namespace);
    var outside =
        new OutsideServers(this.kube, namespace, context.paths().scratch().resolve("external"));
    this.own = new ClusterDeclarations(sql, context.major(), passwords);
    // roles before the databases that they own, databases before what is in them
    this.kinds =
        List.of(
            new RoleKind(sql, context.major(), passwords),
            new DatabaseKind(sql),
            new PublicationKind(sql),
            new SubscriptionKind(sql, context.major(), outside));
  }

  /// Something changed: look soon.
  public void wake() {
    bell.offer(true);
  }

  /// Runs until interrupted.
  public void run() throws InterruptedException {
    while (true) {
      Duration pause = AGAIN;
      try {
        if (observer.last().status().phase() == Phase.PRIMARY) {
          follow();
          if (!once()) {
            pause = AFTER_FAILURE;
          }
        } else {
          unfollow();
        }
      } catch (KubeException | PostgresException | IllegalArgumentException e) {
        LOG.atInfo().addKeyValue("error", e.getMessage()).log("declared objects: trying again");
        pause = AFTER_FAILURE;
      }
      bell.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void follow() {
    if (!watches.isEmpty()) {
      return;
    }
    fresh = true;
    for (DeclaredKind kind : kinds) {
      watches.add(
          kube.watch(
              kind.resource(), namespace, Selection.ALL, event -> changed(kind.resource(), event)));
    }
  }

  private void unfollow() {
    watches.forEach(Watch::close);
    watches.clear();
    seen.clear();
  }

  private void changed(Resource resource, WatchEvent event) {
    switch (event) {
      case WatchEvent.Listed(var objects) -> {
        Map<String, ObjectNode> all = new ConcurrentHashMap<>();
        objects.forEach(o -> all.put(Json.name(o), o));
        seen.put(resource.kind(), all);
      }
      case WatchEvent.Upserted(var object) -> of(resource).put(Json.name(object), object);
      case WatchEvent.Deleted(var object) -> of(resource).remove(Json.name(object));
      case WatchEvent.Failed(var cause, _) ->
          LOG.atDebug()
              .addKeyValue("kind", resource.kind())
              .addKeyValue("error", cause.getMessage())
              .log("watch broken");
    }
    wake();
  }

  private Map<String, ObjectNode> of(Resource resource) {
    return seen.computeIfAbsent(resource.kind(), _ -> new ConcurrentHashMap<>());
  }

  /// @return whether nothing is left to be tried again soon
  private boolean once() throws InterruptedException {
    JsonNode resource = cluster.current();
    boolean well = true;
    if (!ClusterFields.isReplica(resource)) {
      cluster(resource);
    }
    boolean complete = seen.size() == kinds.size();
    for (DeclaredKind kind : kinds) {
      Map<String, ObjectNode> all = new LinkedHashMap<>(of(kind.resource()));
      for (ObjectNode object : all.values()) {
        try {
          well &= one(kind, object, all, resource);
        } catch (KubeException e) {
          if (!e.isConflict() && !e.isNotFound()) {
            throw e;
          }
          well = false; // it has changed meanwhile
        }
      }
    }
    fresh &= !complete;
    return well && complete;
  }

  private void cluster(JsonNode resource) {
    ObjectNode status = own.apply(resource, files.cluster().tablespaces(), this::location);
    ObjectNode patch = Json.object();
    status
        .properties()
        .forEach(field -> {
          if (!field.getValue().equals(resource.path("status").path(field.getKey()))) {
            patch.set(field.getKey(), field.getValue());
          }
        });
    if (!patch.isEmpty()) {
      ObjectNode body = Json.object();
      body.set("status", whole(patch, resource.path("status")));
      kube.patchStatus(Resource.CLUSTERS, namespace, Json.name(resource), new Patch.Merge(body));
    }
  }

  /// A merge patch keeps keys of maps that are not mentioned: those that are gone are nulled.
  private static ObjectNode whole(ObjectNode wanted, JsonNode there) {
    ObjectNode patch = wanted.deepCopy();
    wanted
        .properties()
        .forEach(field -> {
          if (field.getValue() instanceof ObjectNode inner) {
            patch.set(field.getKey(), whole(inner, there.path(field.getKey())));
            ObjectNode target = (ObjectNode) patch.get(field.getKey());
            there
                .path(field.getKey())
                .fieldNames()
                .forEachRemaining(name -> {
                  if (!inner.has(name)) {
                    target.putNull(name);
                  }
                });
          }
        });
    return patch;
  }

  /// A tablespace is made when all instances have its volume: others would stop at its WAL.
  private @Nullable Path location(String tablespace) {
    Path folder = context.paths().tablespace(tablespace);
    JsonNode status = cluster.current().path("status");
    boolean ready =
        Files.isDirectory(folder)
            && onePathForAll()
            && status.path("readyInstances").asInt(0)
                >= cluster.current().path("spec").path("instances").asInt(1)
            && status.path("unusablePVC").isEmpty()
            && status.path("phase").asText("").equals("Cluster in healthy state");
    return ready ? folder : null;
  }

  /// The path of a tablespace is in the WAL, so it must lead to a folder of its own on each
  /// instance. Plain processes without mounts of their own would share one, and ruin it.
  private boolean onePathForAll() {
    boolean alone = cluster.current().path("spec").path("instances").asInt(1) == 1;
    boolean container = context.pod().root().isEmpty();
    return alone
        || container
        || context.pod().all().getOrDefault("HOWDAH_SAME_ROOT", "false").equals("true");
  }

  private boolean one(
      DeclaredKind kind, ObjectNode object, Map<String, ObjectNode> all, JsonNode resource)
      throws InterruptedException {
    return switch (Turn.of(kind, object, all.values(), resource, fresh)) {
      case Turn.Rest _ -> true;
      case Turn.Waits(var message) -> {
        status(kind, object, Json.object().put("message", message).putNull("applied"));
        yield true;
      }
      case Turn.Fails(var message) -> {
        status(kind, object, Json.object().put("applied", false).put("message", message));
        yield true;
      }
      case Turn.Applies _ -> apply(kind, object, resource);
      case Turn.Leaves(var drop) -> leave(kind, object, drop);
    };
  }

  private boolean apply(DeclaredKind kind, ObjectNode object, JsonNode resource)
      throws InterruptedException {
    ObjectNode guarded = finalizers(kind, object, true);
    ObjectNode status;
    try {
      status = kind.apply(guarded, resource);
    } catch (PostgresException | IllegalArgumentException e) {
      status = Json.object().put("applied", false).put("message", e.getMessage());
    }
    status.put("observedGeneration", object.path("metadata").path("generation").asLong(0));
    boolean applied = status.path("applied").asBoolean();
    if (status(kind, guarded, status)) {
      LOG.atInfo()
          .addKeyValue("kind", kind.resource().kind())
          .addKeyValue("name", Json.name(object))
          .addKeyValue("applied", applied)
          .addKeyValue("text", status.path("message").asText(""))
          .log("declared object");
    }
    return applied;
  }

  private boolean leave(DeclaredKind kind, ObjectNode object, boolean drop) {
    if (drop) {
      try {
        kind.drop(object.path("spec"));
      } catch (PostgresException | IllegalArgumentException e) {
        status(kind, object, Json.object().put("applied", false).put("message", e.getMessage()));
        return false;
      }
    }
    finalizers(kind, object, false);
    return true;
  }

  /// @return whether anything was changed
  private boolean status(DeclaredKind kind, ObjectNode object, ObjectNode fields) {
    boolean differs =
        fields.properties().stream()
            .anyMatch(field -> {
              JsonNode there = object.path("status").path(field.getKey());
              JsonNode wanted = field.getValue();
              boolean bothNothing =
                  (wanted.isNull() || wanted.isEmpty() && wanted.asText("").isEmpty())
                      && !wanted.isBoolean()
                      && (there.isMissingNode() || there.asText("").isEmpty() && there.isEmpty());
              return !bothNothing && !wanted.toString().equals(there.toString());
            });
    if (differs) {
      ObjectNode body = Json.object();
      body.set("status", fields);
      keep(
          kind,
          kube.patchStatus(kind.resource(), namespace, Json.name(object), new Patch.Merge(body)));
    }
    return differs;
  }

  private ObjectNode finalizers(DeclaredKind kind, ObjectNode object, boolean present) {
    if (Turn.hasFinalizer(object, kind.finalizer()) == present) {
      return object;
    }
    ObjectNode body = Json.object();
    ObjectNode metadata = body.putObject("metadata");
    metadata.put("resourceVersion", Json.resourceVersion(object));
    ArrayNode list = metadata.putArray("finalizers");
    for (JsonNode there : object.path("metadata").path("finalizers")) {
      if (!there.asText().equals(kind.finalizer())) {
        list.add(there.asText());
      }
    }
    if (present) {
      list.add(kind.finalizer());
    }
    ObjectNode after = kube.merge(kind.resource(), namespace, Json.name(object), body);
    if (present) {
      keep(kind, after);
    }
    return after;
  }

  private void keep(DeclaredKind kind, ObjectNode object) {
    object.put("apiVersion", kind.resource().apiVersion()).put("kind", kind.resource().kind());
    of(kind.resource()).put(Json.name(object), object);
  }
}
