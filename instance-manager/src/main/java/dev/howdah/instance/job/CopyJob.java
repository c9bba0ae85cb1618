// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.instance.Arguments;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.cluster.ClusterFields;
import dev.howdah.instance.outside.OutsideServers;
import dev.howdah.instance.server.DataCopy;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.server.ServerFiles;
import dev.howdah.instance.tls.PemFiles;
import dev.howdah.instance.volume.EmptyArchiveMark;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.config.ConnInfo;
import dev.howdah.postgres.sql.Databases;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Roles;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `manager instance pgbasebackup`: makes the first data directory of a cluster as the copy of a
/// server outside (`bootstrap.pg_basebackup`). It stays a standby in a cluster that follows another
/// one; else it becomes a primary of its own.
public final class CopyJob {
  private static final Logger LOG = LoggerFactory.getLogger(CopyJob.class);
  private static final Duration CALL = Duration.ofMinutes(1); // on a busy machine
  private static final Duration START = Duration.ofHours(1);
  private static final Duration STOP = Duration.ofMinutes(2);

  private final PodEnvironment pod;
  private final Arguments arguments;

  public CopyJob(PodEnvironment pod, Arguments arguments) {
    this.pod = pod;
    this.arguments = arguments;
  }

  public int run() throws IOException, InterruptedException, GeneralSecurityException {
    Folders.prepare(pod);
    try (KubeClient kube =
        new KubeClient(KubeSettings.inCluster(pod.root(), pod.all())).deadline(CALL)) {
      JsonNode cluster = kube.get(Resource.CLUSTERS, pod.namespace(), pod.cluster());
      var events = new EventRecorder(kube, "pgbasebackup", pod.pod(), InstantSource.system());
      try {
        copy(kube, cluster, events);
        events.normal(cluster, "CopyCompleted", "Copied the data of " + pod.pod());
        return 0;
      } catch (IOException | PostgresException | KubeException e) {
        events.warning(cluster, "CopyFailed", String.valueOf(e.getMessage()));
        throw e;
      }
    }
  }

  private void copy(KubeClient kube, JsonNode cluster, EventRecorder events)
      throws IOException, InterruptedException, GeneralSecurityException {
    String source =
        cluster.path("spec").path("bootstrap").path("pg_basebackup").path("source").asText("");
    JsonNode entry = OutsideServers.entry(cluster, source);
    if (!entry.path("connectionParameters").isObject()) {
      throw new IOException(
          "spec.externalClusters has no connectionParameters for %s, which bootstrap.pg_basebackup names"
              .formatted(source));
    }
    ServerContext before = ServerContext.of(pod, CopyJob::said);
    PemFiles.read(kube, pod.namespace(), PemFiles.Secrets.of(pod.cluster(), cluster))
        .write(before.paths().certificates());
    ConnInfo from =
        new OutsideServers(kube, pod.namespace(), before.paths().scratch().resolve("external"))
            .following(entry, new ClusterFields(cluster).nameOutside(pod.pod()))
            .lasting();
    try (Volume volume = Volume.open(before.data())) {
      new DataCopy(
              before,
              volume,
              InstantSource.system(),
              lacks -> events.warning(cluster, "NoRoomForCopy", lacks))
          .copyWhenItFits(from);
      ServerContext context = ServerContext.of(pod, CopyJob::said); // its major is known now
      var files = new ServerFiles(context, cluster);
      files.minimums(context.programs().controlData(context.data().path()));
      if (ClusterFields.isReplica(cluster)) {
        context.data().markStandby();
        files.standby(null);
        files.write();
      } else {
        context.data().unmarkStandby();
        files.primary(SyncConfig.ASYNCHRONOUS, false);
        files.write();
        recover(context);
      }
      new EmptyArchiveMark(context.data()).writeForCopy();
      context.programs().syncToDisk(context.data().path());
      context.data().finish();
    }
    LOG.atInfo().addKeyValue("from", source).log("copied");
  }

  private static void said(String line) {
    LOG.atInfo().addKeyValue("line", line).log("PostgreSQL's program said");
  }

  /// Starts the copy once, so that it is consistent, and has what every cluster has.
  private void recover(ServerContext context) throws IOException, InterruptedException {
    context.data().restrictAccess();
    new LoneServer(context, "the copied data", START, STOP)
        .run(List.of("log_destination=stderr"), this::complete);
  }

  private void complete(PgServer server) {
    var roles = new Roles(server);
    roles.ensureStreamingReplica();
    roles.ensureMetrics();
    String database = arguments.option("app-db-name", "");
    String owner = arguments.option("app-user", "");
    if (!database.isEmpty() && !owner.isEmpty()) {
      roles.ensureLogin(owner);
      new Databases(server).ensure(database, owner);
    }
  }
}
