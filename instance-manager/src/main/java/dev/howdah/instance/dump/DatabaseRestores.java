// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.kube.Attempts;
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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
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
            run(restore);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /// Whatever an earlier run has done is recognised by its [Mark].
  private void run(ObjectNode restore) throws InterruptedException {
    JsonNode spec = restore.path("spec");
    String database = spec.path("database").asText("");
    boolean replace = spec.path("replace").asBoolean(false);
    String into = replace ? Place.beside(database) : spec.path("into").asText("");
    var place = new Place(sql, Json.uid(restore));
    LOG.atInfo().addKeyValue("restore", Json.name(restore)).log("copying a database");
    try {
      String why;
      try {
        if (replace) {
          place.reopen(into, database);
        }
        if (!work(restore, place, into, database, replace)) {
          forget(restore);
        }
        return;
      } catch (IOException | PostgresException | UncheckedIOException e) {
        why = String.valueOf(e.getMessage());
      }
      LOG.atWarn().addKeyValue("error", why).log("database not restored");
      if (!replace || endedWithoutSwap(place, into, database)) {
        tell(restore, Json.object().put("result", "Failed").put("message", why));
        return;
      }
      forget(restore);
      consider(restore, isPrimary.getAsBoolean()); // it is done, but nobody was told
      return;
    } catch (KubeException | PostgresException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("outcome of the copy not written");
    }
    forget(restore);
  }

  /// Begins anew when something is heard of it again.
  private synchronized void forget(ObjectNode restore) {
    begun.remove(Json.uid(restore));
  }

  /// @return whether it is over, and told
  private boolean work(
      ObjectNode restore, Place place, String into, String database, boolean replace)
      throws IOException, InterruptedException {
    if (!isWanted(restore)) {
      return false;
    }
    JsonNode spec = restore.path("spec");
    var source =
        new Source(
            context,
            restore.path("status").path("temporaryCluster").asText(""),
            restore.path("status").path("source").asText(""),
            database);
    ObjectNode done = Json.object().put("result", "Copied");
    Optional<String> replaced = replace ? place.replaced(database) : Optional.empty();
    if (replaced.isPresent()) {
      done.put("replacedAs", replaced.get());
    } else {
      tell(
          restore,
          Json.object()
              .put("result", "Running")
              .put("instance", context.pod().pod())
              .put("database", into));
      List<String> tables = new ArrayList<>();
      spec.path("tables").forEach(table -> tables.add(table.asText("")));
      var bytes = new AtomicLong();
      var told = new AtomicLong(System.nanoTime());
      var copy = new Copy(context, sql, source, place, sum -> progress(restore, sum, bytes, told));
      String notes = copy.fill(into, tables);
      done.put("bytes", bytes.get()).put("message", notes);
      if (replace) {
        if (!isWanted(restore)) {
          LOG.atInfo().addKeyValue("restore", Json.name(restore)).log("no longer wanted");
          place.drop(into);
          return false;
        }
        done.put("replacedAs", place.swap(into, database, Instant.now()));
      }
    }
    String filled = replace ? database : into;
    String comment = source.comment();
    tell(restore, done.put("database", filled));
    try {
      place.unmark(filled, comment);
    } catch (PostgresException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("the database keeps our comment");
    }
    return true;
  }

  /// Whether it failed before anything took the original's place; then the copy goes.
  private static boolean endedWithoutSwap(Place place, String into, String database) {
    if (place.replaced(database).isPresent()) {
      return false;
    }
    place.reopen(into, database);
    place.drop(into);
    return true;
  }

  /// Whether it is still to be done, and by us: asked before anything that can't be taken back.
  private boolean isWanted(ObjectNode restore) throws InterruptedException {
    Optional<ObjectNode> now =
        patiently(() ->
            kube.find(Resource.DATABASE_RESTORES, Json.namespace(restore), Json.name(restore)));
    return now.filter(r -> Json.uid(r).equals(Json.uid(restore)))
            .filter(r -> !r.path("metadata").has("deletionTimestamp"))
            .filter(r -> r.path("status").path("phase").asText("").equals("Copying"))
            .isPresent()
        && isPrimary.getAsBoolean();
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

  /// @throws KubeException if it can't be told, whoever reads it then is told by another run
  private void tell(ObjectNode restore, ObjectNode copy) throws InterruptedException {
    patiently(() -> {
      write(restore, copy);
      return copy;
    });
  }

  private static <T> T patiently(Supplier<T> call) throws InterruptedException {
    return Attempts.whileAway(ATTEMPTS, CALL.dividedBy(5), call);
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
