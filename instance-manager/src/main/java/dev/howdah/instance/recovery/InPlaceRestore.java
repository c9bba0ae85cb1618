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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Set;
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
      } catch (IOException | RuntimeException e) {
        complain(kube, restore, e);
        throw e;
      }
      return 0;
    }
  }

  /// No outcome is known, and the next try may have one: says why this one hasn't.
  private void complain(KubeClient kube, ObjectNode restore, Exception trouble) {
    ObjectNode patch = Json.object();
    patch.putObject("metadata").put("uid", Json.uid(restore));
    patch.putObject("status").put("lastError", String.valueOf(trouble.getMessage()));
    try {
      kube.deadline(CALL)
          .patchStatus(Resource.RESTORES, pod.namespace(), name, new Patch.Merge(patch));
    } catch (KubeException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("trouble not told");
    }
  }

  private static void said(String line) {
    LOG.atInfo().addKeyValue("line", line).log("PostgreSQL's program said");
  }

  private ObjectNode outcome(
      KubeClient kube, ObjectNode restore, ServerContext context, Volume volume)
      throws IOException, InterruptedException {
    var exchange = new Exchange(context.dataFolders(), Json.uid(restore), Exchange.Disk.REAL);
    if (exchange.isDone()) {
      return restored(Recovered.of(context.data()), exchange, volume); // only the report was lost
    }
    exchange.clearUp();
    String why;
    try {
      if (arguments.has("give-up")) {
        throw new IllegalStateException(arguments.option("give-up", "it was called off."));
      }
      if (restore.path("metadata").has("deletionTimestamp")) {
        throw new IllegalStateException("the Restore was deleted, which calls it off.");
      }
      JsonNode cluster = kube.deadline(CALL).get(Resource.CLUSTERS, pod.namespace(), pod.cluster());
      if (!exchange.isBegun()) {
        requireLinksToOwnVolumes(context);
      }
      try (var stores = new Stores(kube, pod.namespace())) {
        return restore.path("spec").path("undo").asBoolean(false)
            ? undo(cluster, stores, exchange, volume)
            : restore(restore, cluster, stores, context, exchange, volume);
      }
    } catch (StoreException e) {
      why = ArchiveCommand.advice(e) + ".";
    } catch (KubeException e) {
      throw e; // nothing is known; the job is begun anew
    } catch (IOException | IllegalArgumentException | IllegalStateException | PostgresException e) {
      why = String.valueOf(e.getMessage());
    }
    if (exchange.isDone()) {
      throw new IOException("restored, but: " + why); // to be told by the next try
    }
    LOG.atError().addKeyValue("error", why).log("not restored; the data is put back");
    exchange.putBack();
    return Json.object().put("result", "Unchanged").put("message", why);
  }

  /// What changes places is all of the data only if its links lead to nowhere else.
  private static void requireLinksToOwnVolumes(ServerContext context) throws IOException {
    var links = new ArrayList<Path>();
    links.add(context.data().path().resolve("pg_wal"));
    Path tablespaces = context.data().path().resolve("pg_tblspc");
    if (Files.isDirectory(tablespaces)) {
      try (var entries = Files.list(tablespaces)) {
        entries.forEach(links::add);
      }
    }
    var own = new ArrayList<Path>();
    for (Path folder : context.dataFolders().values()) {
      own.add(real(folder));
    }
    for (Path link : links) {
      if (Files.isSymbolicLink(link) && !own.contains(real(link))) {
        throw new IllegalStateException(
            "%s is a link to %s, which is no volume of the instance, so it can't change back together with the others; recover into a new Cluster with spec.bootstrap.recovery."
                .formatted(link, Files.readSymbolicLink(link)));
      }
    }
  }

  private static Path real(Path path) throws IOException {
    return Files.exists(path) ? path.toRealPath() : path;
  }

  // ---- forth

  private ObjectNode restore(
      ObjectNode restore,
      JsonNode cluster,
      Stores stores,
      ServerContext before,
      Exchange exchange,
      Volume volume)
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
    RestoreJob.Choice choice =
        job.choose(store, new Origin(own, asked.path("backupID").asText("")), target);
    BackupInfo backup = choice.backup();
    RecoveryTarget reached = choice.reached();
    requireVolumes(backup);
    BackupSummary summary =
        new BackupCatalog(store.store(), own.serverName()).summary(backup.id()).orElse(null);
    if (!exchange.isBegun()) {
      new Room(before.dataFolders(), exchange.hasKept())
          .require(summary == null ? 0 : summary.rawBytes());
    }
    exchange.setAside();
    exchange.empty();
    job.extract(store.store(), own, backup, before);
    ServerContext context = ServerContext.of(pod, InPlaceRestore::said);
    Recovered recovered =
        new Recovery(pod, context, cluster, stores, own, arguments).run(backup, reached);
    ObjectNode outcome = whole(recovered, context, exchange, volume);
    if (summary != null) {
      outcome.put("bytes", summary.rawBytes());
    }
    return outcome;
  }

  private void requireVolumes(BackupInfo backup) throws IOException {
    Set<String> there = Folders.tablespaces(pod.paths()).keySet();
    for (BackupInfo.Tablespace tablespace : backup.tablespaces()) {
      if (!there.contains(tablespace.name())) {
        throw new IllegalArgumentException(
            "backup %s has a tablespace %s, and the Cluster has no volume for it; add it to spec.tablespaces, or recover into a new Cluster."
                .formatted(backup.id(), tablespace.name()));
      }
    }
  }

  // ---- and back

  private ObjectNode undo(JsonNode cluster, Stores stores, Exchange exchange, Volume volume)
      throws IOException, InterruptedException {
    // a timeline of its own: else a later recovery would follow the one that was given up
    StoreSpec own =
        StoreSpec.own(cluster, stores)
            .orElseThrow(() -> new IllegalArgumentException("the Cluster has no archive"));
    if (!exchange.isBegun() && !exchange.hasKept()) {
      throw new IllegalStateException(
          "no Restore has kept anything on the volume of %s, or its day is over; restore to the moment before it instead: howdah restore %s --to …"
              .formatted(pod.pod(), pod.cluster()));
    }
    exchange.setAside();
    exchange.place();
    ServerContext context = ServerContext.of(pod, InPlaceRestore::said);
    long segment = context.programs().controlData(context.data().path()).walSegmentBytes();
    Recovered recovered =
        new Recovery(pod, context, cluster, stores, own, arguments).run("none", segment, OWN_END);
    return whole(recovered, context, exchange, volume);
  }

  /// The last steps: the data is durable, and only then the note says so.
  private static ObjectNode whole(
      Recovered recovered, ServerContext context, Exchange exchange, Volume volume)
      throws IOException, InterruptedException {
    recovered.keep(context.data());
    context.programs().syncToDisk(context.data().path());
    exchange.done();
    LOG.atInfo().addKeyValue("kept", exchange.kept()).log("restored in place");
    return restored(recovered.json(), exchange, volume);
  }

  /// A new identity says that nobody led this data yet; true as long as the Restore isn't told.
  private static ObjectNode restored(ObjectNode recovered, Exchange exchange, Volume volume)
      throws IOException {
    volume.renew();
    exchange.tidy();
    return recovered
        .put("result", "Restored")
        .put("keptAs", exchange.kept().getFileName().toString());
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
