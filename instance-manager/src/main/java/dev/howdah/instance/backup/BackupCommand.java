// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.basebackup.BaseBackup;
import dev.howdah.backup.basebackup.NoParentException;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.config.StoreConfiguration;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.archive.ArchiveCommand;
import dev.howdah.instance.archive.Catalogue;
import dev.howdah.instance.archive.Retained;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.archive.Stores;
import dev.howdah.instance.archive.WalPort;
import dev.howdah.kube.ClusterStatus;
import dev.howdah.kube.ClusterStatus.Condition;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `manager backup NAME`: takes the base backup that a Backup resource asks for, from the server of
/// this pod. A process of its own, so that its memory and its end don't touch the server.
public final class BackupCommand {
  private static final Logger LOG = LoggerFactory.getLogger(BackupCommand.class);
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Duration WAL_PATIENCE = Duration.ofMinutes(10);
  private static final Duration PROGRESS_EVERY = Duration.ofSeconds(2);
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.UTC);

  private static final Condition STARTED =
      new Condition("LastBackupSucceeded", false, "BackupStarted", "New Backup starting up");

  private final PodEnvironment pod;
  private final String name;
  private final String session;
  private final InstantSource clock = InstantSource.system();

  /// @param session of the instance manager that runs this
  public BackupCommand(PodEnvironment pod, String name, String session) {
    this.pod = pod;
    this.name = name;
    this.session = session;
  }

  /// Takes it; the outcome is in the Backup's status too.
  public int run() throws IOException, GeneralSecurityException, InterruptedException {
    endWithParent();
    try (KubeClient kube =
        new KubeClient(KubeSettings.inCluster(pod.root(), pod.all())).deadline(CALL)) {
      JsonNode cluster = BackupObject.read(kube, Resource.CLUSTERS, pod.namespace(), pod.cluster());
      var object =
          new BackupObject(
              kube,
              pod.namespace(),
              BackupObject.read(kube, Resource.BACKUPS, pod.namespace(), name),
              session);
      if (BackupObject.isOver(object.phase())) {
        LOG.atInfo().addKeyValue("phase", object.phase()).log("nothing to do");
        return 0;
      }
      var status = new ClusterStatus(kube, pod.namespace(), pod.cluster(), clock);
      try (var stores = new Stores(kube, pod.namespace())) {
        return take(kube, object, status, cluster, stores);
      }
    }
  }

  private int take(
      KubeClient kube, BackupObject object, ClusterStatus status, JsonNode cluster, Stores stores)
      throws IOException, InterruptedException {
    String why;
    try {
      if (object.isSnapshot()) {
        tell(status, STARTED);
        new SnapshotBackup(pod, kube, clock, this::switchWal).take(object, cluster, stores);
        return 0;
      }
      StoreSpec spec = store(object, cluster, stores);
      Stores.Opened store = stores.open(spec);
      String backupName = "backup-" + NAME.format(clock.instant());
      if (!object.running(store, backupName, clock.instant())) {
        return 0;
      }
      tell(status, STARTED);
      var copied = new AtomicLong();
      BackupInfo info = copy(object, store, backupName, copied);
      object.completed(info, copied.get());
      LOG.atInfo()
          .addKeyValue("backup", info.id())
          .addKeyValue("bytes", copied.get())
          .log("backup taken");
      tell(
          status,
          new Condition(
              "LastBackupSucceeded", true, "LastBackupSucceeded", "Backup was successful"));
      afterwards(kube, status, cluster, stores, store);
      return 0;
    } catch (StoreException e) {
      why = ArchiveCommand.advice(e);
    } catch (IOException e) {
      why =
          e.getCause() instanceof StoreException store
              ? ArchiveCommand.advice(store)
              : String.valueOf(e.getMessage());
    } catch (IllegalArgumentException | IllegalStateException | PostgresException e) {
      why = String.valueOf(e.getMessage());
    }
    LOG.atError().addKeyValue("backup", name).addKeyValue("error", why).log("backup failed");
    object.failed(why);
    tell(status, new Condition("LastBackupSucceeded", false, "LastBackupFailed", why));
    try {
      status.put(
          Json.object()
              .put("lastFailedBackup", Instant.now().toString().replaceFirst("\\.\\d+", "")));
    } catch (KubeException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("status not written");
    }
    return 1;
  }

  private static void tell(ClusterStatus status, Condition condition) {
    try {
      status.set(condition);
    } catch (KubeException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("condition not written");
    }
  }

  private static StoreSpec store(BackupObject object, JsonNode cluster, Stores stores) {
    if (object.spec().path("method").asText("").equals("plugin")) {
      JsonNode asked = object.spec().path("pluginConfiguration");
      ObjectNode plugin = Json.object().put("name", asked.path("name").asText(""));
      ObjectNode parameters = plugin.putObject("parameters");
      for (JsonNode entry : cluster.path("spec").path("plugins")) {
        if (entry.path("name").asText("").equals(plugin.path("name").asText())) {
          entry
              .path("parameters")
              .properties()
              .forEach(p -> parameters.set(p.getKey(), p.getValue()));
        }
      }
      asked.path("parameters").properties().forEach(p -> parameters.set(p.getKey(), p.getValue()));
      return stores
          .find(plugin, Json.name(cluster), "spec.pluginConfiguration")
          .map(spec -> spec.encryptedAs(cluster).limitedAs(cluster))
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "no plugin \"%s\"; Howdah answers for %s"
                      .formatted(plugin.path("name").asText(), Stores.PLUGIN)));
    }
    JsonNode own = cluster.path("spec").path("backup").path("barmanObjectStore");
    if (!own.isObject()) {
      throw new IllegalArgumentException(
          "Cluster %s has no spec.backup.barmanObjectStore; add it, or use method plugin"
              .formatted(Json.name(cluster)));
    }
    return StoreSpec.of(own, Json.name(cluster), "spec.backup.barmanObjectStore")
        .encryptedAs(cluster)
        .limitedAs(cluster);
  }

  private BackupInfo copy(
      BackupObject object, Stores.Opened store, String backupName, AtomicLong copied)
      throws IOException, InterruptedException {
    JsonNode online = object.spec().path("onlineConfiguration").path("immediateCheckpoint");
    StoreConfiguration.Data settings = store.configuration().data();
    var guarded =
        new CompleteWal(
            store.store(),
            info -> store.archive(info.segmentSizeBytes()),
            this::switchWal,
            WAL_PATIENCE);
    Thread progress = Thread.ofVirtual().name("progress").start(() -> report(object, copied));
    try {
      var request =
          new BaseBackup.Request(
              store.spec().serverName(),
              pod.pgData(),
              backupName,
              settings.compression(),
              online.asBoolean(settings.immediateCheckpoint()),
              settings.encryption(),
              store.configuration().tags(),
              copied::addAndGet);
      var parent = parent(object, store);
      if (parent.isPresent()) {
        try {
          return take(object, guarded, request.since(parent.get()));
        } catch (NoParentException e) {
          LOG.atInfo().addKeyValue("why", e.getMessage()).log("taking a full backup instead");
        }
      }
      return take(object, guarded, request);
    } finally {
      progress.interrupt();
      progress.join(CALL);
    }
  }

  /// About how much will be copied; 0 if that is not known quickly.
  private static long sizeOf(PgConnection connection) {
    try {
      return connection
          .query(CALL, "select sum(pg_tablespace_size(oid))::bigint as bytes from pg_tablespace")
          .single()
          .number("bytes");
    } catch (PostgresException e) {
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("size unknown");
      return 0;
    }
  }

  private BackupInfo take(BackupObject object, CompleteWal store, BaseBackup.Request request)
      throws IOException, InterruptedException {
    try (PgServer sql = PgServer.local(LocalServer.await(pod));
        PgConnection connection = sql.open("postgres")) {
      object.expected(sizeOf(connection));
      return new BaseBackup(store, clock).take(connection, request);
    }
  }

  private Optional<BackupInfo> parent(BackupObject object, Stores.Opened store) {
    String asked = object.annotation(ParentChoice.ANNOTATION);
    return asked.isEmpty()
        ? Optional.empty()
        : ParentChoice.of(
            asked,
            new BackupCatalog(store.store(), store.spec().serverName())
                .list().done().stream().map(BackupCatalog.Entry::info).toList(),
            clock.instant());
  }

  private static void report(BackupObject object, AtomicLong copied) {
    try {
      long told = 0;
      while (true) {
        Thread.sleep(PROGRESS_EVERY);
        long now = copied.get();
        if (now != told) {
          object.progress(now);
          told = now;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (KubeException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("progress not written");
    }
  }

  /// Retention, and what the Cluster's status says of its backups.
  private void afterwards(
      KubeClient kube, ClusterStatus status, JsonNode cluster, Stores stores, Stores.Opened store) {
    try {
      var catalogue = new Catalogue(store);
      Instant now = clock.instant();
      var gone =
          catalogue.enforce(
              Retained.policy(cluster, stores),
              now,
              () -> Catalogue.snapshots(kube, pod.namespace(), pod.cluster(), now));
      catalogue.forget(kube, pod.namespace(), pod.cluster(), gone);
      catalogue.tell(status, Retained.method(cluster), true);
    } catch (StoreException | KubeException | IllegalArgumentException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("retention not enforced");
    }
  }

  /// Asks the instance manager to have the primary's segment ended.
  private void switchWal() {
    try {
      String[] where =
          Files.readString(pod.paths().scratch().resolve(WalPort.FILE)).strip().split(" ");
      try (var socket = new Socket(where[0], Integer.parseInt(where[1]))) {
        socket.setSoTimeout((int) CALL.toMillis());
        socket.getOutputStream().write((where[2] + " switch\n").getBytes(StandardCharsets.UTF_8));
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
      }
    } catch (IOException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("the primary was not asked");
    }
  }

  /// Ends when the instance manager does, or tells us to: then this thread is interrupted, and what
  /// was stored is taken away again.
  private static void endWithParent() {
    Thread main = Thread.currentThread();
    Thread.ofPlatform()
        .daemon()
        .name("parent")
        .start(() -> {
          try {
            while (System.in.read() >= 0) {
              // nothing is said, the end counts
            }
          } catch (IOException e) {
            LOG.atDebug().addKeyValue("error", e.getMessage()).log("standard input lost");
          }
          main.interrupt();
          try {
            TimeUnit.SECONDS.sleep(30);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          Runtime.getRuntime().halt(1);
        });
  }
}
