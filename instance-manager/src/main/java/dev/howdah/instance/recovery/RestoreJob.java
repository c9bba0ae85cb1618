// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.restore.BaseRestore;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
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
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.ConfigurationFiles;
import dev.howdah.postgres.config.RecoveryTarget;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import dev.howdah.postgres.data.WalDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `manager instance restore`: makes the data directory of a new cluster from a base backup and the
/// WAL after it, up to the recovery target.
public final class RestoreJob {
  private static final Logger LOG = LoggerFactory.getLogger(RestoreJob.class);
  private static final Duration CALL = Duration.ofSeconds(10);

  /// On a Cluster that is thrown away again: what its manifest says about parameters keeps it from
  /// doing what the source does.
  private static final String TEMPORARY = "howdah.dev/temporary-for";

  private final PodEnvironment pod;
  private final Arguments arguments;

  public RestoreJob(PodEnvironment pod, Arguments arguments) {
    this.pod = pod;
    this.arguments = arguments;
  }

  public int run() throws IOException, InterruptedException, GeneralSecurityException {
    return ToldRecovery.of(pod, this::restore);
  }

  private void restore(KubeClient kube, JsonNode cluster) throws IOException, InterruptedException {
    boolean ownArchive = arguments.has("own-archive");
    RecoveryTarget target =
        RecoveryTarget.fromJson(
            ownArchive
                ? MissingNode.getInstance()
                : cluster.path("spec").path("bootstrap").path("recovery").path("recoveryTarget"));
    Choice choice;
    StoreSpec source;
    try (var quick = new Stores(kube, pod.namespace())) {
      Origin origin =
          ownArchive
              ? Origin.own(cluster, quick)
              : Origin.of(cluster, kube.deadline(CALL), pod.namespace(), quick);
      source = origin.store();
      if (!ownArchive) {
        requireOwnArchiveEmpty(cluster, quick, source);
      }
      choice = choose(quick.open(source), origin, target);
    }
    BackupInfo backup = choice.backup();
    // a standby goes on from timeline to timeline by itself, and may get histories by streaming
    RecoveryTarget reached = ClusterFields.isReplica(cluster) ? target : choice.reached();
    LOG.atInfo()
        .addKeyValue("backup", backup.id())
        .addKeyValue("from", source.place())
        .log("restoring");
    ServerContext before = ServerContext.of(pod, ToldRecovery::said);
    try (var stores = new Stores(kube, pod.namespace());
        Volume volume = Volume.open(before.data())) {
      DataDirectory data = before.data();
      List<Path> kept = data.setAside(InstantSource.system().instant());
      if (!kept.isEmpty()) {
        LOG.atWarn().addKeyValue("kept", kept).log("an earlier data directory was kept aside");
      }
      data.begin("restore of backup " + backup.id());
      volume.renew();
      extract(stores.open(source).store(), source, backup, before);
      if (!Json.label(cluster, TEMPORARY).isEmpty()) {
        new ConfigurationFiles(data.path())
            .forgetAlterSystem(ClusterSettings.fromJson(cluster).postgres().parameters().keySet());
      }
      ServerContext context = ServerContext.of(pod, ToldRecovery::said); // its major is known now
      new Recovery(pod, context, cluster, stores, source, arguments)
          .run(backup, reached)
          .keep(data);
      if (!ownArchive) {
        new EmptyArchiveMark(data).writeForCopy();
      }
      context.programs().syncToDisk(data.path());
      data.finish();
    }
    LOG.atInfo().log("recovered");
  }

  /// Two Clusters must not write into one archive.
  static void requireOwnArchiveEmpty(JsonNode cluster, Stores stores, StoreSpec source) {
    StoreSpec own = StoreSpec.own(cluster, stores).orElse(null);
    if (own == null
        || cluster
            .path("metadata")
            .path("annotations")
            .path("cnpg.io/skipEmptyWalArchiveCheck")
            .asText("")
            .equals("enabled")) {
      return;
    }
    WalArchive archive = stores.open(own).archive(WalSegment.DEFAULT_BYTES);
    if (!archive.isEmpty()) {
      boolean same =
          own.serverName().equals(source.serverName())
              && own.destinationPath().equals(source.destinationPath());
      throw new IllegalArgumentException(
          "Expected empty archive: %s names %s, which holds WAL%s; give it another serverName or destinationPath"
              .formatted(
                  own.field(),
                  own.place(),
                  same ? " of the very server that is being recovered" : ""));
    }
  }

  /// What a recovery begins with, and where it goes to.
  ///
  /// @param asked the target, which may leave the timeline open
  record Choice(BackupInfo backup, RecoveryTarget asked, NewestTimeline newest, String place) {
    /// The target with the timeline that it means.
    ///
    /// @throws IllegalArgumentException if that can't be reached
    RecoveryTarget reached() {
      return newest.target(asked, backup.timeline(), place);
    }
  }

  /// The base backup to begin with.
  Choice choose(Stores.Opened store, Origin origin, RecoveryTarget target) throws IOException {
    List<BackupInfo> done =
        new BackupCatalog(store.store(), origin.store().serverName())
            .list().done().stream().map(BackupCatalog.Entry::info).toList();
    if (done.isEmpty()) {
      throw new IllegalArgumentException(
          "no target backup found: %s has no complete base backup; check serverName and destinationPath, or take a backup first"
              .formatted(origin.store().place()));
    }
    WalArchive archive = store.archive(done.getLast().segmentSizeBytes());
    List<WalFile> files = archive.list();
    var newest = NewestTimeline.of(files);
    BackupInfo chosen =
        BackupChoice.of(done, origin.backupId(), target, history(archive, newest, target));
    if (files.stream().noneMatch(f -> f.name().equals(chosen.beginWal()))) {
      throw new IllegalArgumentException(
          "backup %s can't be recovered: its first WAL file, %s, is not in %s/wals; choose another backup with recoveryTarget.backupID"
              .formatted(chosen.id(), chosen.beginWal(), origin.store().place()));
    }
    return new Choice(chosen, target, newest, origin.store().place());
  }

  /// The history of the timeline to reach; null where the backup's own is to be kept.
  private @Nullable TimelineHistory history(
      WalArchive archive, NewestTimeline newest, RecoveryTarget target) throws IOException {
    if (target.timeline().equals("current")) {
      return null;
    }
    int wanted =
        target.timeline().equals("latest")
            ? (int) newest.newest()
            : Integer.parseInt(target.timeline());
    var timeline = new Timeline(wanted);
    if (wanted <= 1) {
      return TimelineHistory.none(timeline);
    }
    Path file = pod.paths().scratch().resolve("target.history");
    Files.deleteIfExists(file);
    var name = WalFile.named(TimelineHistory.fileName(timeline)).orElseThrow();
    if (!archive.fetch(name, file)) {
      if (target.timeline().equals("latest")) {
        return null; // without one PostgreSQL stays on the backup's own
      }
      throw new IllegalArgumentException(
          "recoveryTarget.targetTLI is %s, but the archive has no %s; correct it"
              .formatted(target.timeline(), name.name()));
    }
    return TimelineHistory.parse(timeline, Files.readString(file));
  }

  /// Brings a base backup to where the data directory is to be.
  void extract(ObjectStore store, StoreSpec source, BackupInfo backup, ServerContext context)
      throws IOException {
    Map<String, Path> tablespaces = new HashMap<>();
    for (BackupInfo.Tablespace tablespace : backup.tablespaces()) {
      tablespaces.put(tablespace.name(), pod.paths().tablespace(tablespace.name()));
    }
    var written = new AtomicLong();
    var restore = new BaseRestore(store, source.serverName());
    long begun = System.nanoTime();
    restore.restore(
        backup,
        new BaseRestore.Target(context.data().path(), tablespaces),
        n -> progress(written.addAndGet(n), n));
    LOG.atInfo()
        .addKeyValue("bytes", written.get())
        .addKeyValue("duration_ms", (System.nanoTime() - begun) / 1_000_000)
        .log("base backup restored");
    Path wal = context.walVolume().orElse(null);
    if (wal != null) {
      DurableFiles.deleteTree(wal); // what an earlier try left there
      WalDirectory.of(context.data()).moveTo(Objects.requireNonNull(wal));
    }
  }

  private static void progress(long sum, long step) {
    long gigabyte = 1L << 30;
    if (sum / gigabyte != (sum - step) / gigabyte) {
      LOG.atInfo().addKeyValue("bytes", sum).log("restoring");
    }
  }
}
