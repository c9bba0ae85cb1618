// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.instance.Arguments;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.archive.Stores;
import dev.howdah.instance.cluster.ClusterFields;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.volume.EmptyArchiveMark;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.config.RecoveryTarget;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `manager instance restoresnapshot`: makes the data of a new Cluster out of volumes that were
/// filled from snapshots.
///
/// Without a source of WAL, PostgreSQL recovers as after a crash, from the WAL in the snapshots:
/// they hold all of it, as the WAL is cut last and kept from before the first cut. With a source it
/// begins with the snapshot's backup label and goes on with the archive, to the target.
public final class SnapshotJob {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotJob.class);
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final String MARK = "recovery from snapshots of timeline ";
  private static final String FAILED = "recovery from snapshots failed: ";
  private static final String END = "howdah.dev/backupEndLSN";
  private static final String LABEL = "cnpg.io/backupLabelFile";
  private static final String ONLINE = "cnpg.io/onlineBackup";
  private static final String BEGIN_TIME = "cnpg.io/backupStartTime";
  private static final String END_TIME = "cnpg.io/backupEndTime";
  private static final List<String> FILES =
      List.of(
          "postmaster.pid",
          "postmaster.opts",
          "standby.signal",
          "recovery.signal",
          "backup_label",
          "tablespace_map",
          "postgresql.auto.conf.tmp",
          "current_logfiles.tmp");
  private static final List<String> EMPTIED =
      List.of(
          "pg_dynshmem",
          "pg_notify",
          "pg_replslot",
          "pg_serial",
          "pg_snapshots",
          "pg_stat_tmp",
          "pg_subtrans");

  private final PodEnvironment pod;
  private final Arguments arguments;

  public SnapshotJob(PodEnvironment pod, Arguments arguments) {
    this.pod = pod;
    this.arguments = arguments;
  }

  public int run() throws IOException, InterruptedException, GeneralSecurityException {
    return ToldRecovery.of(pod, this::restore);
  }

  private void restore(KubeClient kube, JsonNode cluster) throws IOException, InterruptedException {
    JsonNode recovery = cluster.path("spec").path("bootstrap").path("recovery");
    RecoveryTarget target = RecoveryTarget.fromJson(recovery.path("recoveryTarget"));
    ServerContext before = ServerContext.of(pod, ToldRecovery::said);
    DataDirectory data = before.data();
    if (!data.hasControlFile()) {
      throw new IllegalArgumentException(
          "the volume from volumeSnapshots.storage holds no data directory in %s; name the snapshot of an instance's data"
              .formatted(data.path().getFileName()));
    }
    try (var stores = new Stores(kube, pod.namespace());
        Volume volume = Volume.open(data)) {
      StoreSpec source = source(cluster, recovery, target, stores);
      JsonNode origin = origin(kube, recovery);
      JsonNode snapshot = source == null ? null : complete(origin);
      if (snapshot != null) {
        requireLater(snapshot, target);
      }
      RecoveryTarget onItsWay =
          source == null || ClusterFields.isReplica(cluster)
              ? target
              : onItsWay(before, stores.open(source), target);
      begin(before);
      volume.renew();
      clean(data.path());
      relink(before, source != null || (origin != null && !isOnline(origin)));
      if (snapshot != null && isOnline(snapshot)) {
        DurableFiles.write(data.path().resolve("backup_label"), label(snapshot));
      }
      ServerContext context = ServerContext.of(pod, ToldRecovery::said);
      long segment = context.programs().controlData(data.path()).walSegmentBytes();
      String from = recovery.at("/volumeSnapshots/storage/name").asText("");
      Recovered recovered =
          new Recovery(pod, context, cluster, stores, source, arguments, end(snapshot))
              .run(from, segment, reachable(snapshot, onItsWay));
      if (snapshot != null && !ClusterFields.isReplica(cluster)) {
        requireEnd(context, Json.annotation(snapshot, END));
      }
      recovered.keep(data);
      new EmptyArchiveMark(data).writeForCopy();
      context.programs().syncToDisk(data.path());
      data.finish();
    }
    LOG.atInfo().log("recovered");
  }

  /// An earlier run of this job may have been cut short: WAL can be replayed over what it has done,
  /// but not once it has left the timeline.
  private static void begin(ServerContext context) throws IOException, InterruptedException {
    DataDirectory data = context.data();
    int timeline = context.programs().controlData(data.path()).timeline();
    data.begin(mark(data.unfinished().orElse(""), timeline));
  }

  /// @param unfinished the mark of an earlier run; empty: there is none
  static String mark(String unfinished, int timeline) {
    String now = MARK + timeline;
    String before = unfinished.isEmpty() ? now : unfinished;
    if (before.startsWith(FAILED)) {
      throw new IllegalStateException(before.substring(FAILED.length()));
    }
    if (!before.startsWith(MARK)) {
      throw new IllegalArgumentException(
          "the snapshot is of an instance whose data was just being made (%s); name that of another Backup"
              .formatted(before));
    }
    if (!before.equals(now)) {
      throw new IllegalStateException(
          "an earlier run of this job was cut short after it had begun a new timeline; delete the"
              + " Cluster with its volumes, and create it again");
    }
    return now;
  }

  private static @Nullable StoreSpec source(
      JsonNode cluster, JsonNode recovery, RecoveryTarget target, Stores stores)
      throws IOException {
    String name = recovery.path("source").asText("");
    if (name.isEmpty()) {
      if (!(target.point() instanceof RecoveryTarget.Point.End)) {
        throw new IllegalArgumentException(
            "spec.bootstrap.recovery.recoveryTarget needs WAL to get there; name the archive in"
                + " recovery.source, or remove it");
      }
      return null;
    }
    StoreSpec source = StoreSpec.external(cluster, name, stores);
    RestoreJob.requireOwnArchiveEmpty(cluster, stores, source);
    return source;
  }

  /// The target with the timeline that it means.
  private static RecoveryTarget onItsWay(
      ServerContext context, Stores.Opened store, RecoveryTarget target)
      throws IOException, InterruptedException {
    ControlData control = context.programs().controlData(context.data().path());
    return NewestTimeline.of(store.archive(control.walSegmentBytes()).list())
        .target(target, control.timeline(), store.spec().place());
  }

  /// The VolumeSnapshot that the data comes from; null: a copy of a claim.
  private @Nullable JsonNode origin(KubeClient kube, JsonNode recovery) {
    JsonNode reference = recovery.path("volumeSnapshots").path("storage");
    return reference.path("kind").asText("").equals("VolumeSnapshot")
        ? kube.deadline(CALL)
            .get(Resource.VOLUME_SNAPSHOTS, pod.namespace(), reference.path("name").asText(""))
        : null;
  }

  /// That of a completed Backup, since its notes say where WAL begins.
  private static JsonNode complete(@Nullable JsonNode snapshot) {
    if (snapshot == null) {
      throw new IllegalArgumentException(
          "recovery.source goes with VolumeSnapshots, whose annotations say where WAL begins;"
              + " remove it, or recover from a VolumeSnapshot");
    }
    String mark = isOnline(snapshot) ? LABEL : END_TIME;
    if (Json.annotation(snapshot, mark).isEmpty()) {
      throw new IllegalArgumentException(
          "VolumeSnapshot %s has no annotation %s: it is of no completed Backup; name another one, or remove recovery.source"
              .formatted(Json.name(snapshot), mark));
    }
    return snapshot;
  }

  /// Of a server that ran, else of one that was stopped: then there is no label to begin with, the
  /// control file says it all.
  private static boolean isOnline(JsonNode snapshot) {
    return !Json.annotation(snapshot, ONLINE).equals("false");
  }

  /// The data of a stopped server has all that was committed before: PostgreSQL would not notice
  /// that a target lies before it.
  private static void requireLater(JsonNode snapshot, RecoveryTarget target) {
    String has = Json.annotation(snapshot, isOnline(snapshot) ? END_TIME : BEGIN_TIME);
    String lsn = Json.annotation(snapshot, END);
    boolean early =
        switch (target.point()) {
          case RecoveryTarget.Point.Time(var time) ->
              !has.isEmpty() && time.isBefore(Instant.parse(has));
          case RecoveryTarget.Point.Position(var position) ->
              !lsn.isEmpty() && position.compareTo(Lsn.parse(lsn)) < 0;
          case RecoveryTarget.Point.End _,
              RecoveryTarget.Point.Immediate _,
              RecoveryTarget.Point.Transaction _,
              RecoveryTarget.Point.Name _ ->
              false;
        };
    if (early) {
      throw new IllegalArgumentException(
          "recoveryTarget lies before the end of the snapshot's backup (%s, %s); choose a later one, or the snapshots of an earlier Backup"
              .formatted(has, lsn));
    }
  }

  /// Where a recovery stops. The label of a standby's backup doesn't know its end, and PostgreSQL
  /// takes the data for consistent when the first of the volumes is.
  static RecoveryTarget reachable(@Nullable JsonNode snapshot, RecoveryTarget target) {
    if (snapshot == null
        || !isOnline(snapshot)
        || Json.annotation(snapshot, END).isEmpty()
        || !(target.point() instanceof RecoveryTarget.Point.Immediate)
        || !label(snapshot).contains("\nBACKUP FROM: standby")) {
      return target;
    }
    Lsn end = Lsn.parse(Json.annotation(snapshot, END));
    return new RecoveryTarget(target.timeline(), new RecoveryTarget.Point.Position(end), true);
  }

  private static @Nullable Lsn end(@Nullable JsonNode snapshot) {
    String end = snapshot == null ? "" : Json.annotation(snapshot, END);
    return end.isEmpty() ? null : Lsn.parse(end);
  }

  private static String label(JsonNode snapshot) {
    String text = Json.annotation(snapshot, LABEL);
    return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
  }

  /// What belongs to the server that ran on the original volume.
  private static void clean(Path data) throws IOException {
    for (String file : FILES) {
      DurableFiles.delete(data.resolve(file));
    }
    for (String folder : EMPTIED) {
      if (Files.isDirectory(data.resolve(folder))) {
        try (var entries = Files.list(data.resolve(folder))) {
          for (Path entry : entries.toList()) {
            DurableFiles.deleteTree(entry);
          }
        }
      }
    }
  }

  /// Leads the links to the volumes of this instance: those of the original may be within reach.
  ///
  /// @param fits whether tablespaces that were cut after the WAL will do: there is more WAL, or
  ///   nothing was written meanwhile
  private void relink(ServerContext context, boolean fits) throws IOException {
    Path wal = context.data().path().resolve("pg_wal");
    Path volume = context.walVolume().orElse(null);
    if (Files.isSymbolicLink(wal)) {
      if (volume == null || !Files.isDirectory(volume)) {
        throw new IllegalArgumentException(
            "the data's WAL was on a volume of its own; add spec.walStorage and"
                + " volumeSnapshots.walStorage");
      }
      Files.delete(wal);
      Files.createSymbolicLink(wal, volume);
    }
    Path links = context.data().path().resolve("pg_tblspc");
    if (!Files.isDirectory(links)) {
      return;
    }
    try (var entries = Files.list(links)) {
      for (Path link : entries.filter(Files::isSymbolicLink).toList()) {
        if (!Files.isSymbolicLink(wal) && !fits) {
          throw new IllegalArgumentException(
              "the snapshots have tablespaces, but no WAL of their own: name the archive in"
                  + " recovery.source");
        }
        Path target = Files.readSymbolicLink(link);
        Path mount = target.getParent();
        String name = mount == null ? "" : String.valueOf(mount.getFileName());
        Path own = pod.paths().tablespace(name);
        if (!Files.isDirectory(own)) {
          throw new IllegalArgumentException(
              "the data has a tablespace %s, and its volume is missing or empty; add it to spec.tablespaces and volumeSnapshots.tablespaceStorage"
                  .formatted(name));
        }
        Files.delete(link);
        Files.createSymbolicLink(link, own);
      }
    }
  }

  /// A target before the end of the backup would leave pages of after it.
  private static void requireEnd(ServerContext context, String end)
      throws IOException, InterruptedException {
    if (end.isEmpty()) {
      return;
    }
    var timeline = new Timeline(context.programs().controlData(context.data().path()).timeline());
    List<TimelineHistory.Branch> branches =
        context.data().history(timeline).map(TimelineHistory::branches).orElse(List.of());
    if (branches.isEmpty() || branches.getLast().end().compareTo(Lsn.parse(end)) < 0) {
      String why =
          "the recovery ended before the end of the snapshot's backup (%s); choose a later recoveryTarget, or an earlier snapshot"
              .formatted(end);
      context.data().begin(FAILED + why); // another run would find a new timeline
      throw new IOException(why);
    }
  }
}
