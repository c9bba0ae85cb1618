// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cache.Mirror;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Brings a database back: a temporary Cluster recovers to the moment, the primary of the Cluster
/// copies the database from it, and the temporary Cluster goes again.
final class DatabaseRestoreController {
  /// On the temporary Cluster: its only client may read everything.
  private static final String SERVES_DUMP = "howdah.dev/servesDump";

  private static final Duration STALE = Duration.ofMillis(100);

  private final KubeClient client;
  private final Mirror<ObjectNode> restores;
  private final TemporaryClusters temporaries;
  private final EventRecorder events;
  private final InstantSource clock;
  private final BooleanSupplier leads;

  DatabaseRestoreController(
      KubeClient client,
      Mirror<ObjectNode> restores,
      EventRecorder events,
      InstantSource clock,
      BooleanSupplier leads) {
    this.client = client;
    this.restores = restores;
    this.temporaries = new TemporaryClusters(client);
    this.events = events;
    this.clock = clock;
    this.leads = leads;
  }

  /// One pass over a DatabaseRestore.
  ///
  /// @return when to look again
  @Nullable Duration reconcile(Key key) {
    Optional<ObjectNode> found = restores.find(key.namespace(), key.name());
    if (found.isEmpty()
        || !leads.getAsBoolean()
        || found.get().path("metadata").has("deletionTimestamp")) {
      return null;
    }
    try {
      return pass(found.get());
    } catch (KubeException e) {
      if (e.isConflict() || e.isNotFound()) {
        return STALE;
      }
      throw e;
    }
  }

  private @Nullable Duration pass(ObjectNode restore) {
    JsonNode status = restore.path("status");
    boolean over = DatabaseRestoreDecision.OVER.contains(status.path("phase").asText(""));
    String name = status.path("temporaryCluster").asText("");
    temporaries.cleanUp(restore, over ? "" : name);
    String wanted = restore.path("spec").path("cluster").path("name").asText("");
    ObjectNode source =
        client.find(Resource.CLUSTERS, Json.namespace(restore), wanted).orElse(null);
    String why =
        source == null
            ? "there is no Cluster %s; correct spec.cluster.name".formatted(wanted)
            : TemporaryCluster.impossible(source).orElse("");
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    String first = DatabaseRestoreDecision.first(restore, inNamespace(restore));
    switch (DatabaseRestoreDecision.of(restore, observe(restore, name), why, first, now)) {
      case DatabaseRestoreDecision.Wait(var again) -> {
        return again;
      }
      case DatabaseRestoreDecision.Queue(var message) -> {
        write(restore, Json.object().put("phase", "Waiting").put("message", message));
        events.normal(restore, "Waiting", message);
      }
      case DatabaseRestoreDecision.Begin() ->
          write(
              restore,
              Json.object()
                  .put("phase", "Preparing")
                  .putNull("message")
                  .put("temporaryCluster", TemporaryCluster.name("dbr", restore, now))
                  .put("startedAt", now.toString()));
      case DatabaseRestoreDecision.Create() -> create(restore, source, name);
      case DatabaseRestoreDecision.Copy(var address) -> {
        write(
            restore,
            Json.object()
                .put("phase", "Copying")
                .put("source", address)
                .put("message", "the primary copies the database from " + name));
        events.normal(restore, "Copying", "recovered; the database is copied from " + name);
      }
      case DatabaseRestoreDecision.Finish(var well, var message) -> finish(restore, well, message);
    }
    return STALE;
  }

  private List<ObjectNode> inNamespace(ObjectNode restore) {
    String namespace = Json.namespace(restore);
    return restores.all().stream().filter(r -> Json.namespace(r).equals(namespace)).toList();
  }

  private DatabaseRestoreDecision.Temporary observe(ObjectNode restore, String name) {
    ObjectNode cluster = temporaries.find(restore, name).orElse(null);
    if (cluster == null) {
      return new DatabaseRestoreDecision.Temporary(false, "", "");
    }
    String address =
        temporaries
            .readyPod(cluster)
            .map(pod -> pod.path("status").path("podIP").asText(""))
            .orElse("");
    return new DatabaseRestoreDecision.Temporary(true, address, TemporaryClusters.failure(cluster));
  }

  private void create(ObjectNode restore, @Nullable ObjectNode source, String name) {
    if (source == null) {
      return;
    }
    JsonNode spec = restore.path("spec");
    ObjectNode manifest =
        TemporaryCluster.manifest(
            Resource.DATABASE_RESTORES,
            restore,
            name,
            source,
            spec.path("recoveryTarget"),
            spec.path("storage"));
    manifest.withObject("/metadata/annotations").put(SERVES_DUMP, "true");
    // the primary comes with its own certificate, and knows the authority of the other's
    JsonNode certificates = source.path("status").path("certificates");
    manifest
        .withObject("/spec")
        .set(
            "certificates",
            Tree.map(
                "serverCASecret", certificates.path("serverCASecret").asText(),
                "clientCASecret", certificates.path("clientCASecret").asText(),
                "replicationTLSSecret", certificates.path("replicationTLSSecret").asText()));
    manifest
        .withObject("/spec/postgresql")
        .putArray("pg_hba")
        .add("hostssl all streaming_replica all cert map=cnpg_streaming_replica");
    String why = temporaries.create(restore, manifest);
    if (!why.isEmpty()) {
      finish(restore, false, why);
      return;
    }
    write(
        restore,
        Json.object()
            .put("phase", "Recovering")
            .put("message", "Cluster %s recovers from the archive".formatted(name)));
    events.normal(restore, "Recovering", "Cluster %s recovers from the archive".formatted(name));
  }

  private void finish(ObjectNode restore, boolean well, String message) {
    write(
        restore,
        Json.object()
            .put("phase", well ? "Completed" : "Failed")
            .put("message", message)
            .put("endedAt", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString()));
    if (well) {
      events.normal(restore, "Completed", message);
    } else {
      events.warning(restore, "Failed", message);
    }
  }

  private void write(ObjectNode restore, ObjectNode fields) {
    if (!leads.getAsBoolean()) {
      return;
    }
    restores.wrote(client.mergeStatusOfSeen(Resource.DATABASE_RESTORES, restore, fields));
  }
}
