// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.Cleaning;
import dev.howdah.backup.catalog.Lineage;
import dev.howdah.core.retention.Retention;
import dev.howdah.core.retention.RetentionPolicy;
import dev.howdah.kube.ClusterStatus;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.objectstore.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The base backups of a Cluster in its store: what they make recoverable, and which of them go.
public final class Catalogue {
  private static final Logger LOG = LoggerFactory.getLogger(Catalogue.class);

  /// How old the newest object of a backup without `backup.info` must be to count as abandoned.
  private static final Duration LEFT_AFTER = Duration.ofDays(1);

  private static final Set<String> SNAPSHOT_STAYS = Set.of("running", "finalizing", "completed");
  private static final Pattern SEGMENT = Pattern.compile("[0-9A-F]{24}");

  private final ObjectStore store;
  private final StoreSpec spec;

  public Catalogue(Stores.Opened opened) {
    this.store = opened.store();
    this.spec = opened.spec();
  }

  /// Deletes what the policy no longer needs: backups, then the WAL that no backup left needs.
  ///
  /// @param policy as in `retentionPolicy`; empty keeps everything
  /// @param snapshots of the Cluster's volumes, as [#snapshots] finds them
  /// @return the ids of the backups that were deleted
  public List<String> enforce(
      String policy, Instant now, Supplier<List<Retention.Snapshot>> snapshots) {
    if (policy.isEmpty()) {
      return List.of();
    }
    var cleaning = new Cleaning(store, spec.serverName(), snapshots.get());
    Cleaning.Plan plan;
    try {
      plan = cleaning.plan(RetentionPolicy.parse(policy), now);
    } catch (IllegalStateException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("retention waits");
      return List.of();
    }
    if (!plan.isEmpty()) {
      LOG.atInfo()
          .addKeyValue("policy", policy)
          .addKeyValue("backups", plan.backups())
          .addKeyValue("wal_files", plan.walKeys().size())
          .addKeyValue("locked", plan.locked())
          .log("deleting what retention no longer needs");
      var stay = cleaning.delete(plan);
      if (!stay.isEmpty()) {
        LOG.atInfo()
            .addKeyValue("backups", stay)
            .log(
                "stay, and all WAL: incremental ones were built on them meanwhile, or somebody else"
                    + " deletes them");
      }
      return plan.backups().stream().filter(id -> !stay.contains(id)).toList();
    }
    return List.of();
  }

  /// The Backups of a Cluster that lie in snapshots of its volumes, complete or on their way: with
  /// them its archive's WAL is needed to get to later moments.
  public static List<Retention.Snapshot> snapshots(
      KubeClient kube, String namespace, String cluster, Instant now) {
    return snapshots(kube.list(Resource.BACKUPS, namespace, Selection.ALL).items(), cluster, now);
  }

  static List<Retention.Snapshot> snapshots(List<ObjectNode> backups, String cluster, Instant now) {
    var found = new ArrayList<Retention.Snapshot>();
    for (ObjectNode backup : backups) {
      JsonNode spec = backup.path("spec");
      JsonNode status = backup.path("status");
      String begin = status.path("beginWal").asText("");
      if (spec.path("cluster").path("name").asText("").equals(cluster)
          && spec.path("method").asText("").equals("volumeSnapshot")
          && SNAPSHOT_STAYS.contains(status.path("phase").asText(""))
          && SEGMENT.matcher(begin).matches()) {
        found.add(new Retention.Snapshot(Json.name(backup), ended(status, now), begin));
      }
    }
    return found;
  }

  private static Instant ended(JsonNode status, Instant now) {
    try {
      return Instant.parse(status.path("stoppedAt").asText(""));
    } catch (DateTimeParseException e) {
      return now; // not yet
    }
  }

  /// Takes away what backups left that ended without completing or cleaning up, killed for
  /// instance: objects without a `backup.info`, and parts of uploads. Only what is old, and not
  /// while a backup is at work.
  public void sweep(KubeClient kube, String namespace, String cluster, Instant now) {
    boolean atWork =
        kube.list(Resource.BACKUPS, namespace, Selection.ALL).items().stream()
            .filter(b -> b.path("spec").path("cluster").path("name").asText("").equals(cluster))
            .map(b -> b.path("status").path("phase").asText(""))
            .anyMatch(phase -> phase.equals("started") || phase.equals("running"));
    if (atWork) {
      return;
    }
    var cleaning = new Cleaning(store, spec.serverName());
    List<String> left = cleaning.leftovers(now.minus(LEFT_AFTER));
    store.delete(left);
    int uploads = store.abandonUploads(spec.serverName() + "/", now.minus(LEFT_AFTER));
    if (!left.isEmpty() || uploads > 0) {
      LOG.atInfo()
          .addKeyValue("objects", left.size())
          .addKeyValue("uploads", uploads)
          .log("took away what backups left that were never completed");
    }
  }

  /// Says in the Cluster's status what the catalogue holds.
  ///
  /// @param method under which it is listed
  /// @param known whether the status says anything yet; where it doesn't, nothing is nothing new
  public void tell(ClusterStatus status, String method, boolean known) {
    List<BackupCatalog.Entry> done = new BackupCatalog(store, spec.serverName()).list().done();
    var lineage = Lineage.of(store, spec.serverName());
    String first =
        done.stream()
            .map(BackupCatalog.Entry::info)
            .filter(lineage::has)
            .findFirst()
            .map(info -> time(Objects.requireNonNull(info.endTime())))
            .orElse(null);
    if (known || !done.isEmpty()) {
      status.putBackups(
          method,
          first,
          done.isEmpty() ? null : time(Objects.requireNonNull(done.getLast().info().endTime())));
    }
  }

  static String time(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// Deletes the Backup objects whose backup is no longer in the store.
  ///
  /// @param ids of the backups that were deleted
  public void forget(KubeClient kube, String namespace, String cluster, List<String> ids) {
    if (ids.isEmpty()) {
      return;
    }
    for (ObjectNode backup : kube.list(Resource.BACKUPS, namespace, Selection.ALL).items()) {
      JsonNode status = backup.path("status");
      boolean ours =
          backup.path("spec").path("cluster").path("name").asText("").equals(cluster)
              && status.path("destinationPath").asText("").equals(spec.destinationPath())
              && status.path("endpointURL").asText("").equals(spec.endpoint())
              && status.path("serverName").asText(cluster).equals(spec.serverName());
      if (ours && ids.contains(status.path("backupId").asText(""))) {
        try {
          kube.delete(
              Resource.BACKUPS,
              namespace,
              Json.name(backup),
              DeleteOptions.ofUid(Json.uid(backup)));
        } catch (KubeException e) {
          LOG.atInfo().addKeyValue("error", e.getMessage()).log("Backup object not deleted");
        }
      }
    }
  }
}
