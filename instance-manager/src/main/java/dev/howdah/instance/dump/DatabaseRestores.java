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
import java.util.concurrent.locks.ReentrantLock;
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
  private static final Duration AGAIN = Duration.ofSeconds(5);
  private static final int ATTEMPTS = 30;

  private final KubeClient kube;
  private final ServerContext context;
  private final PgServer sql;
  private final BooleanSupplier isPrimary;
  private final Map<String, ObjectNode> known = new ConcurrentHashMap<>();
  private final Map<String, ReentrantLock> targets = new ConcurrentHashMap<>();
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
    tidyBeside();
  }

  private void changed(WatchEvent event) {
    switch (event) {
      case WatchEvent.Listed(var objects) -> {
        objects.forEach(this::seen);
        if (isPrimary.getAsBoolean()) {
          tidyBeside();
        }
      }
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

  /// Whether the primary may have something to do for it.
  private static boolean isOpen(ObjectNode restore) {
    JsonNode status = restore.path("status");
    String result = status.path("copy").path("result").asText("");
    return status.path("phase").asText("").equals("Copying")
        && (result.isEmpty() || result.equals("Running"));
  }

  private void consider(ObjectNode restore, boolean primary) {
    if (!isOpen(restore) || !primary) {
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

  /// Whatever an earlier run has done is recognised by [Place].
  private void run(ObjectNode restore) throws InterruptedException {
    LOG.atInfo().addKeyValue("restore", Json.name(restore)).log("copying a database");
    boolean again = false;
    ReentrantLock target = targets.computeIfAbsent(target(restore), _ -> new ReentrantLock());
    target.lockInterruptibly(); // two that fill one database do it one after the other
    try {
      again = !attempt(restore);
    } finally {
      target.unlock();
    }
    if (again) {
      Thread.sleep(AGAIN);
      ObjectNode now = known.get(Json.uid(restore));
      if (now != null) {
        consider(now, isPrimary.getAsBoolean());
      }
    }
  }

  /// @return whether nothing is left to do, as far as is known now
  private boolean attempt(ObjectNode restore) throws InterruptedException {
    var place = new Place(sql, Json.uid(restore));
    try {
      String why;
      try {
        place.reopen();
        if (!work(restore, place)) {
          forget(restore);
        }
        return true;
      } catch (IOException | PostgresException | UncheckedIOException e) {
        why = String.valueOf(e.getMessage());
      }
      LOG.atWarn().addKeyValue("error", why).log("database not restored");
      // where another instance is the primary by now, that one does it
      if (isPrimary.getAsBoolean() && place.placed().isEmpty()) {
        place.drop();
        tell(restore, Json.object().put("result", "Failed").put("message", why));
        return true;
      }
    } catch (KubeException | PostgresException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("outcome of the copy not written");
    }
    forget(restore);
    return false;
  }

  /// Begins anew when something is heard of it again.
  private synchronized void forget(ObjectNode restore) {
    begun.remove(Json.uid(restore));
  }

  /// The database that it makes.
  private static String target(ObjectNode restore) {
    JsonNode spec = restore.path("spec");
    return spec.path(spec.path("replace").asBoolean(false) ? "database" : "into").asText("");
  }

  /// @return whether it is over, and told
  private boolean work(ObjectNode restore, Place place) throws IOException, InterruptedException {
    if (!isWanted(restore)) {
      if (isPrimary.getAsBoolean()) {
        place.drop();
      }
      return false;
    }
    JsonNode status = restore.path("status");
    var source =
        new Source(
            context,
            status.path("temporaryCluster").asText(""),
            status.path("source").asText(""),
            restore.path("spec").path("database").asText(""));
    ObjectNode done = Json.object().put("result", "Copied");
    Place.Placed placed = place.placed().orElse(null);
    var notes = new ArrayList<String>();
    if (placed == null) {
      notes.add(fill(restore, place, source, done));
      if (!isWanted(restore)) {
        LOG.atInfo().addKeyValue("restore", Json.name(restore)).log("no longer wanted");
        place.drop();
        return false;
      }
      String target = target(restore);
      Properties then = source.properties();
      placed =
          isReplacing(restore) ? place.swap(target, then, Instant.now()) : place.put(target, then);
    }
    String comment = source.comment();
    if (!placed.kept().isEmpty()) {
      done.put("replacedAs", placed.kept());
      comment = place.comment(placed.kept());
      notes.add(differences(place, placed, source));
    }
    notes.removeIf(String::isEmpty);
    tell(restore, done.put("database", placed.database()).put("message", String.join("; ", notes)));
    try {
      place.unmark(placed, comment);
    } catch (PostgresException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("the database keeps our comment");
    }
    return true;
  }

  /// A word about it is not worth another run.
  private static String differences(Place place, Place.Placed placed, Source source)
      throws InterruptedException {
    try {
      return place.exists(placed.kept())
          ? source.properties().replacedBy(place.properties(placed.kept()))
          : "";
    } catch (IOException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("properties not compared");
      return "";
    }
  }

  private static boolean isReplacing(ObjectNode restore) {
    return restore.path("spec").path("replace").asBoolean(false);
  }

  private String fill(ObjectNode restore, Place place, Source source, ObjectNode done)
      throws IOException, InterruptedException {
    String target = target(restore);
    boolean replaces = isReplacing(restore) && place.exists(target);
    if (!isReplacing(restore)) {
      place.requireFree(target);
    }
    tell(
        restore,
        Json.object()
            .put("result", "Running")
            .put("instance", context.pod().pod())
            .put("database", place.filling()));
    List<String> tables = new ArrayList<>();
    restore.path("spec").path("tables").forEach(table -> tables.add(table.asText("")));
    var bytes = new AtomicLong();
    var told = new AtomicLong(System.nanoTime());
    var copy = new Copy(context, sql, source, place, sum -> progress(restore, sum, bytes, told));
    String notes = copy.fill(tables, replaces ? place.properties(target).tablespace() : "");
    done.put("bytes", bytes.get());
    return notes;
  }

  /// Drops what a killed run left that nobody goes on with: its DatabaseRestore is over, or gone.
  private void tidy() throws InterruptedException {
    try {
      List<String> left = new ArrayList<>(Place.unplaced(sql));
      if (left.isEmpty()) {
        return;
      }
      List<ObjectNode> now =
          patiently(() ->
              kube.list(Resource.DATABASE_RESTORES, context.pod().namespace(), Selection.ALL)
                  .items());
      now.stream().filter(DatabaseRestores::isOpen).map(Json::uid).forEach(left::remove);
      for (String uid : left) {
        if (isPrimary.getAsBoolean() && !isBegun(uid)) {
          LOG.atInfo().addKeyValue("uid", uid).log("dropping what an abandoned restore left");
          new Place(sql, uid).drop();
        }
      }
    } catch (KubeException | PostgresException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("leftovers not looked for");
    }
  }

  private synchronized boolean isBegun(String uid) {
    return begun.contains(uid);
  }

  private void tidyBeside() {
    Thread.ofVirtual()
        .name("database-restore-tidy")
        .start(() -> {
          try {
            tidy();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
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
