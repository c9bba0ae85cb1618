// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.catalog.BackupSummary;
import dev.howdah.instance.Arguments;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.archive.ArchiveCommand;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.archive.Stores;
import dev.howdah.instance.job.Folders;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.config.RecoveryTarget;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `manager instance restore --in-place NAME`: takes the data of this volume back to the moment
/// that a Restore names, from the Cluster's own archive. What was there is kept aside; when the
/// restore can't be done, or is called off, it is put back. Either way the Restore is told, as its
/// `status.outcome`, and only then this job is over.
public final class InPlaceRestore {
  private static final Logger LOG = LoggerFactory.getLogger(InPlaceRestore.class);
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Duration INSIST = Duration.ofMinutes(10);
  private static final Duration PACE = Duration.ofSeconds(2);
  private static final RecoveryTarget OWN_END =
      new RecoveryTarget("current", new RecoveryTarget.Point.End(), false);

  private final PodEnvironment pod;
  private final Arguments arguments;
  private final String name;

  public InPlaceRestore(PodEnvironment pod, Arguments arguments) {
    this.pod = pod;
    this.arguments = arguments;
    this.name = arguments.option("in-place", "");
  }

  public int run() throws IOException, InterruptedException, GeneralSecurityException {
    Folders.prepare(pod);
    Folders.askForWal(pod);
    try (KubeClient kube = new KubeClient(KubeSettings.inCluster(pod.root(), pod.all()))) {
      ObjectNode restore = kube.deadline(CALL).get(Resource.RESTORES, pod.namespace(), name);
      if (restore.path("status").path("outcome").isObject()) {
        return 0;
      }
      ServerContext context = ServerContext.of(pod, InPlaceRestore::said);
      try (Volume volume = Volume.open(context.data())) {
        tell(kube, restore, outcome(kube, restore, context, volume));
      }
      return 0;
    }
  }

  private static void said(String line) {
    LOG.atInfo().addKeyValue("line", line).log("PostgreSQL's program said");
  }

  private ObjectNode outcome(
      KubeClient kube, ObjectNode restore, ServerContext context, Volume volume)
      throws IOException, InterruptedException {
    String why;
    try {
      if (restore.path("metadata").has("deletionTimestamp")) {
        throw new IllegalStateException("the Restore was deleted, which calls it off.");
      }
      JsonNode cluster = kube.deadline(CALL).get(Resource.CLUSTERS, pod.namespace(), pod.cluster());
      try (var stores = new Stores(kube, pod.namespace())) {
        return restore.path("spec").path("undo").asBoolean(false)
            ? undo(restore, cluster, stores, context, volume)
            : restore(restore, cluster, stores, context, volume);
      }
    } catch (StoreException e) {
      why = ArchiveCommand.advice(e) + ".";
    } catch (KubeException e) {
      throw e; // nothing is known; the job is begun anew
    } catch (IOException | IllegalArgumentException | IllegalStateException | PostgresException e) {
      why = String.valueOf(e.getMessage());
    }
    LOG.atError().addKeyValue("error", why).log("not restored; the data is put back");
    putBack(restore, context);
    return Json.object().put("result", "Unchanged").put("message", why);
  }

  // ---- forth

  private ObjectNode restore(
      ObjectNode restore, JsonNode cluster, Stores stores, ServerContext before, Volume volume)
      throws IOException, InterruptedException {
    JsonNode asked = restore.path("spec").path("recoveryTarget");
    RecoveryTarget target = RecoveryTarget.fromJson(asked);
    StoreSpec own =
        StoreSpec.own(cluster, stores)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "the Cluster has no archive; add spec.backup.barmanObjectStore"));
    var job = new RestoreJob(pod, arguments);
    Stores.Opened store = stores.open(own);
    BackupInfo backup =
        job.choose(store, new Origin(own, asked.path("backupID").asText("")), target);
    BackupSummary summary =
        new BackupCatalog(store.store(), own.serverName()).summary(backup.id()).orElse(null);
    DataDirectory data = before.data();
    setAside(Json.uid(restore), data, summary == null ? 0 : summary.rawBytes());
    data.begin("restore in place of backup " + backup.id());
    DurableFiles.deleteTree(data.path());
    job.extract(store.store(), own, backup, before);
    ServerContext context = ServerContext.of(pod, InPlaceRestore::said);
    Recovered recovered =
        new Recovery(pod, context, cluster, stores, own, arguments).run(backup, target);
    ObjectNode outcome = whole(Json.uid(restore), recovered, context, volume);
    if (summary != null) {
      outcome.put("bytes", summary.rawBytes());
    }
    return outcome;
  }

  /// Keeps the present data, unless an earlier try of the same Restore has done so already.
  private void setAside(String uid, DataDirectory data, long needed) throws IOException {
    KeptCopy known = KeptCopy.of(data).orElse(null);
    if (known != null && known.restore().equals(uid) && known.exists()) {
      return;
    }
    if (!data.hasControlFile()) {
      throw new IllegalStateException(
          "there is no data on the volume of %s to take back".formatted(pod.pod()));
    }
    long free = Files.getFileStore(data.path()).getUsableSpace();
    long wanted = needed + needed / 10 + (64L << 20);
    if (free < wanted) {
      throw new IllegalStateException(
          "the volume of %s has %d MB free, and %d MB are needed beside the data of before; raise spec.storage.size, or recover into a new Cluster."
              .formatted(pod.pod(), free >> 20, wanted >> 20));
    }
    Folders.setTablespacesAside(pod);
    Path planned = data.path().resolveSibling(data.path().getFileName() + ".before-restore");
    DurableFiles.deleteTree(planned); // what an earlier Restore kept; this one's undo replaces it
    new KeptCopy(uid, planned, false).write(data);
    moveAside(data, planned);
  }

  /// Data and WAL under another name. Its own name, so that it isn't taken for what clones leave.
  private static void moveAside(DataDirectory data, Path planned) throws IOException {
    Path wal = data.path().resolve("pg_wal");
    if (Files.isSymbolicLink(wal)) {
      Path target = data.path().resolve(Files.readSymbolicLink(wal)).normalize();
      Path keptWal = target.resolveSibling(target.getFileName() + ".before-restore");
      if (!target.equals(keptWal) && Files.exists(target)) {
        DurableFiles.deleteTree(keptWal);
        DurableFiles.move(target, keptWal);
        Files.delete(wal);
        Files.createSymbolicLink(wal, keptWal);
      }
    }
    DurableFiles.move(data.path(), planned);
  }

  // ---- and back

  private ObjectNode undo(
      ObjectNode restore, JsonNode cluster, Stores stores, ServerContext before, Volume volume)
      throws IOException, InterruptedException {
    DataDirectory data = before.data();
    KeptCopy known = KeptCopy.of(data).orElse(null);
    String uid = Json.uid(restore);
    boolean begun = known != null && known.restore().equals(uid);
    if (!begun) {
      if (known == null || !known.exists()) {
        throw new IllegalStateException(
            "no Restore has kept anything on the volume of %s, or its day is over; restore to the moment before it instead: howdah restore %s --to …"
                .formatted(pod.pod(), pod.cluster()));
      }
      swap(uid, data, known, before);
    }
    // a timeline of its own: else a later recovery would follow the one that was given up
    StoreSpec own =
        StoreSpec.own(cluster, stores)
            .orElseThrow(() -> new IllegalArgumentException("the Cluster has no archive"));
    ServerContext context = ServerContext.of(pod, InPlaceRestore::said);
    long segment = context.programs().controlData(data.path()).walSegmentBytes();
    Recovered recovered =
        new Recovery(pod, context, cluster, stores, own, arguments).run("none", segment, OWN_END);
    return whole(uid, recovered, context, volume);
  }

  /// What is there and what was kept change places.
  private void swap(String uid, DataDirectory data, KeptCopy known, ServerContext context)
      throws IOException {
    Path between = data.path().resolveSibling(data.path().getFileName() + ".before-undo");
    DurableFiles.deleteTree(between);
    moveAside(data, between);
    known.putBack(data, context.walVolume());
    DurableFiles.move(between, known.kept());
    new KeptCopy(uid, known.kept(), true).write(data);
  }

  /// The last steps: the data is durable, and a new identity says that nobody led it yet.
  private ObjectNode whole(String uid, Recovered recovered, ServerContext context, Volume volume)
      throws IOException, InterruptedException {
    DataDirectory data = context.data();
    recovered.keep(data);
    context.programs().syncToDisk(data.path());
    data.finish();
    volume.renew();
    KeptCopy kept = KeptCopy.of(data).orElseThrow();
    new KeptCopy(uid, kept.kept(), true).write(data);
    LOG.atInfo().addKeyValue("kept", kept.kept()).log("restored in place");
    return recovered
        .json()
        .put("result", "Restored")
        .put("keptAs", kept.kept().getFileName().toString());
  }

  private void putBack(ObjectNode restore, ServerContext context) throws IOException {
    DataDirectory data = context.data();
    KeptCopy known = KeptCopy.of(data).orElse(null);
    boolean ours = known != null && known.restore().equals(Json.uid(restore));
    if (known == null || !ours || !known.exists() || known.done()) {
      return; // nothing was moved
    }
    DurableFiles.deleteTree(data.path());
    known.putBack(data, context.walVolume());
    Folders.putTablespacesBack(pod);
    KeptCopy.forget(data);
  }

  // ---- the outcome

  /// Insists: until the Restore knows, nobody may start a server here.
  private void tell(KubeClient kube, ObjectNode restore, ObjectNode outcome)
      throws InterruptedException {
    ObjectNode patch = Json.object();
    patch.putObject("metadata").put("uid", Json.uid(restore));
    patch.putObject("status").set("outcome", outcome);
    long end = InstantSource.system().millis() + INSIST.toMillis();
    while (true) {
      try {
        kube.deadline(CALL)
            .patchStatus(Resource.RESTORES, pod.namespace(), name, new Patch.Merge(patch));
        return;
      } catch (KubeException e) {
        if (!e.isTransient() || InstantSource.system().millis() > end) {
          throw e;
        }
        Thread.sleep(PACE);
      }
    }
  }
}
