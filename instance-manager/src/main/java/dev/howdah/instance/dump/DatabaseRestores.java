// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.server.ServerContext;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows the DatabaseRestores of the namespace; the primary copies what is ready to be copied. A
/// new primary begins anew what its predecessor didn't finish.
public final class DatabaseRestores {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseRestores.class);
  private static final Duration CALL = Duration.ofSeconds(5);
  private static final Duration TOLD_EVERY = Duration.ofSeconds(2);
  private static final int ATTEMPTS = 30;

  private final KubeClient kube;
  private final ServerContext context;
  private final PgServer sql;
  private final BooleanSupplier isPrimary;
  private final Map<String, ObjectNode> known = new ConcurrentHashMap<>();
  private final Set<String> begun = new HashSet<>();

  /// @param isPrimary whether this instance is the primary now
  public DatabaseRestores(
      KubeClient kube, ServerContext context, PgServer sql, BooleanSupplier isPrimary) {
    this.kube = kube.deadline(CALL);
    this.context = context;
    this.sql = sql;
    this.isPrimary = isPrimary;
  }

  /// Begins to follow.
  public Watch start() {
    return kube.watch(
        Resource.DATABASE_RESTORES, context.pod().namespace(), Selection.ALL, this::changed);
  }

  /// This instance has become the primary.
  public void leading() {
    known.values().forEach(restore -> consider(restore, true));
  }

  private void changed(WatchEvent event) {
    switch (event) {
      case WatchEvent.Listed(var objects) -> objects.forEach(this::seen);
      case WatchEvent.Upserted(var object) -> seen(object);
      case WatchEvent.Deleted(var object) -> known.remove(Json.uid(object));
      case WatchEvent.Failed(var cause, _) ->
          LOG.atDebug().addKeyValue("error", cause.getMessage()).log("watch broken");
    }
  }

  private void seen(ObjectNode restore) {
    boolean ours =
        restore
            .path("spec")
            .path("cluster")
            .path("name")
            .asText("")
            .equals(context.pod().cluster());
    if (ours) {
      known.put(Json.uid(restore), restore);
      consider(restore, isPrimary.getAsBoolean());
    }
  }

  private void consider(ObjectNode restore, boolean primary) {
    JsonNode status = restore.path("status");
    String result = status.path("copy").path("result").asText("");
    boolean open = result.isEmpty() || result.equals("Running");
    if (!status.path("phase").asText("").equals("Copying") || !open || !primary) {
      return;
    }
    synchronized (this) {
      if (!begun.add(Json.uid(restore))) {
        return;
      }
    }
    Thread.ofVirtual()
        .name("database-restore")
        .start(() -> {
          try {
            run(restore, result.equals("Running"));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void run(ObjectNode restore, boolean again) throws InterruptedException {
    JsonNode spec = restore.path("spec");
    String database = spec.path("database").asText("");
    boolean replace = spec.path("replace").asBoolean(false);
    String into = replace ? Copy.beside(database) : spec.path("into").asText("");
    var source =
        new Source(
            context,
            restore.path("status").path("temporaryCluster").asText(""),
            restore.path("status").path("source").asText(""),
            database);
    List<String> tables = new ArrayList<>();
    spec.path("tables").forEach(table -> tables.add(table.asText("")));
    LOG.atInfo().addKeyValue("restore", Json.name(restore)).log("copying a database");
    String why;
    try {
      tell(
          restore,
          Json.object()
              .put("result", "Running")
              .put("instance", context.pod().pod())
              .put("database", into));
      var bytes = new AtomicLong();
      var told = new AtomicLong(System.nanoTime());
      var copy = new Copy(context, sql, source, sum -> progress(restore, sum, bytes, told));
      String notes = copy.fill(into, tables, again || replace);
      ObjectNode done = Json.object().put("result", "Copied").put("bytes", bytes.get());
      if (replace) {
        String kept = copy.swap(into, database, Instant.now());
        done.put("replacedAs", kept);
      }
      done.put("database", replace ? database : into).put("message", notes);
      tell(restore, done);
      return;
    } catch (IOException | PostgresException | UncheckedIOException e) {
      why = String.valueOf(e.getMessage());
    }
    LOG.atWarn().addKeyValue("error", why).log("database not restored");
    tell(restore, Json.object().put("result", "Failed").put("message", why));
  }

  private void progress(ObjectNode restore, long sum, AtomicLong bytes, AtomicLong told) {
    bytes.set(sum);
    long now = System.nanoTime();
    if (now - told.get() < TOLD_EVERY.toNanos()) {
      return;
    }
    told.set(now);
    try {
      write(restore, Json.object().put("bytes", sum));
    } catch (KubeException e) {
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("progress not written");
    }
  }

  private void tell(ObjectNode restore, ObjectNode copy) throws InterruptedException {
    for (int i = 1; ; i++) {
      try {
        write(restore, copy);
        return;
      } catch (KubeException e) {
        if (!e.isTransient() || i == ATTEMPTS) {
          LOG.atWarn().addKeyValue("error", e.getMessage()).log("outcome not written");
          return;
        }
        Thread.sleep(CALL.dividedBy(5));
      }
    }
  }

  private void write(ObjectNode restore, ObjectNode copy) {
    ObjectNode patch = Json.object();
    patch.putObject("metadata").put("uid", Json.uid(restore));
    patch.putObject("status").set("copy", copy);
    kube.patchStatus(
        Resource.DATABASE_RESTORES,
        Json.namespace(restore),
        Json.name(restore),
        new Patch.Merge(patch));
  }
}
