// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.instance.Arguments;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.archive.ArchiveCommand;
import dev.howdah.instance.archive.ClusterStatus;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.archive.Stores;
import dev.howdah.instance.job.Folders;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.config.RecoveryTarget;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
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
  private static final String RECOVERED = "howdah.dev/Recovered";
  private static final String END = "howdah.dev/backupEndLSN";
  private static final String LABEL = "cnpg.io/backupLabelFile";
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
    Folders.prepare(pod);
    Folders.askForWal(pod);
    try (KubeClient kube = new KubeClient(KubeSettings.inCluster(pod.root(), pod.all()))) {
      JsonNode cluster = kube.deadline(CALL).get(Resource.CLUSTERS, pod.namespace(), pod.cluster());
      var events =
          new EventRecorder(kube.deadline(CALL), "restore", pod.pod(), InstantSource.system());
      try {
        restore(kube, cluster);
        events.normal(cluster, "RecoveryCompleted", "Recovered the data of " + pod.pod());
        return 0;
      } catch (StoreException e) {
        failed(kube, cluster, events, ArchiveCommand.advice(e));
        throw e;
      } catch (IOException
          | IllegalArgumentException
          | IllegalStateException
          | PostgresException
          | KubeException e) {
        failed(kube, cluster, events, String.valueOf(e.getMessage()));
        throw e;
      }
    }
  }

  private void failed(KubeClient kube, JsonNode cluster, EventRecorder events, String why) {
    events.warning(cluster, "RecoveryFailed", why);
    try {
      new ClusterStatus(kube, pod.namespace(), pod.cluster(), InstantSource.system())
          .set(new ClusterStatus.Condition(RECOVERED, false, "RecoveryFailed", why));
    } catch (KubeException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("condition not written");
    }
  }

  private void restore(KubeClient kube, JsonNode cluster) throws IOException, InterruptedException {
    JsonNode recovery = cluster.path("spec").path("bootstrap").path("recovery");
    RecoveryTarget target = RecoveryTarget.fromJson(recovery.path("recoveryTarget"));
    ServerContext before = ServerContext.of(pod, SnapshotJob::said);
    DataDirectory data = before.data();
    if (!data.hasControlFile()) {
      throw new IllegalArgumentException(
          "the volume from volumeSnapshots.storage holds no data directory in %s; name the snapshot of an instance's data"
              .formatted(data.path().getFileName()));
    }
    try (var stores = new Stores(kube, pod.namespace());
        Volume volume = Volume.open(data)) {
      StoreSpec source = source(cluster, recovery, target, stores);
      JsonNode snapshot = source == null ? null : snapshot(kube, recovery);
      data.begin("recovery from snapshots");
      volume.renew();
      clean(data.path());
      relink(before, source != null);
      if (snapshot != null) {
        DurableFiles.write(data.path().resolve("backup_label"), label(snapshot));
      }
      ServerContext context = ServerContext.of(pod, SnapshotJob::said);
      long segment = context.programs().controlData(data.path()).walSegmentBytes();
      String from = recovery.at("/volumeSnapshots/storage/name").asText("");
      Recovered recovered =
          new Recovery(pod, context, cluster, stores, source, arguments).run(from, segment, target);
      if (snapshot != null) {
        requireEnd(context, Json.annotation(snapshot, END));
      }
      recovered.keep(data);
      DurableFiles.write(data.path().resolve(ArchiveCommand.CHECK_EMPTY), "");
      context.programs().syncToDisk(data.path());
      data.finish();
    }
    LOG.atInfo().log("recovered");
  }

  private static void said(String line) {
    LOG.atInfo().addKeyValue("line", line).log("PostgreSQL's program said");
  }

  private static @Nullable StoreSpec source(
      JsonNode cluster, JsonNode recovery, RecoveryTarget target, Stores stores)
      throws IOException {
    String name = recovery.path("source").asText("");
    if (name.isEmpty()) {
      if (!(target.point() instanceof RecoveryTarget.Point.End)) {
        throw new IllegalArgumentException(
            "spec.bootstrap.recovery.recoveryTarget needs WAL to get there; name the archive in recovery.source, or remove it");
      }
      return null;
    }
    StoreSpec source = StoreSpec.external(cluster, name, stores);
    RestoreJob.requireOwnArchiveEmpty(cluster, stores, source);
    return source;
  }

  private JsonNode snapshot(KubeClient kube, JsonNode recovery) {
    JsonNode reference = recovery.path("volumeSnapshots").path("storage");
    if (!reference.path("kind").asText("").equals("VolumeSnapshot")) {
      throw new IllegalArgumentException(
          "recovery.source goes with VolumeSnapshots, whose annotations say where WAL begins; remove it, or recover from a VolumeSnapshot");
    }
    JsonNode snapshot =
        kube.deadline(CALL)
            .get(Resource.VOLUME_SNAPSHOTS, pod.namespace(), reference.path("name").asText(""));
    if (Json.annotation(snapshot, LABEL).isEmpty()) {
      throw new IllegalArgumentException(
          "VolumeSnapshot %s has no annotation %s: it is of no completed Backup; name another one, or remove recovery.source"
              .formatted(Json.name(snapshot), LABEL));
    }
    return snapshot;
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
  private void relink(ServerContext context, boolean hasSource) throws IOException {
    Path wal = context.data().path().resolve("pg_wal");
    Path volume = context.walVolume().orElse(null);
    if (Files.isSymbolicLink(wal)) {
      if (volume == null || !Files.isDirectory(volume)) {
        throw new IllegalArgumentException(
            "the data's WAL was on a volume of its own; add spec.walStorage and volumeSnapshots.walStorage");
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
        if (!Files.isSymbolicLink(wal) && !hasSource) {
          throw new IllegalArgumentException(
              "the snapshots have tablespaces, but no WAL of their own: name the archive in recovery.source");
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
      throw new IOException(
          "the recovery ended before the end of the snapshot's backup (%s); choose a later recoveryTarget, or an earlier snapshot"
              .formatted(end));
    }
  }
}
