// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.leadership.LeaseAnswer;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.lead.Directory;
import dev.howdah.instance.lead.LeaseStore;
import dev.howdah.instance.server.DataCopy;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.server.ServerFiles;
import dev.howdah.instance.tls.PemFiles;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.config.ConnInfo;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `manager instance join`: makes the data directory of a new standby, by copying the primary's.
public final class JoinJob {
  private static final Logger LOG = LoggerFactory.getLogger(JoinJob.class);
  private static final int PORT = 5432;
  private static final Duration CALL = Duration.ofSeconds(5);

  /// A machine so busy that the first answer takes longer than a call may needs no more beginnings.
  private static final Duration START = Duration.ofMinutes(1);

  private static final Duration PAUSE = Duration.ofMillis(500);

  /// How often a copy is begun before the job fails, and its own back-off begins.
  private static final int COPIES = 3;

  private final PodEnvironment pod;
  private final String parent;

  /// @param parent the name that the primary's certificate is for: `<cluster>-rw`
  public JoinJob(PodEnvironment pod, String parent) {
    this.pod = pod;
    this.parent = parent;
  }

  public int run() throws IOException, InterruptedException, GeneralSecurityException {
    Folders.prepare(pod);
    ServerContext context =
        ServerContext.of(
            pod, line -> LOG.atInfo().addKeyValue("line", line).log("pg_basebackup said"));
    try (Volume volume = Volume.open(context.data());
        KubeClient kube =
            new KubeClient(KubeSettings.inCluster(pod.root(), pod.all())).deadline(START)) {
      JsonNode cluster = kube.get(Resource.CLUSTERS, pod.namespace(), pod.cluster());
      PemFiles.read(kube, pod.namespace(), PemFiles.Secrets.of(pod.cluster(), cluster))
          .write(context.paths().certificates());
      var events =
          new EventRecorder(kube.deadline(CALL), "join", pod.pod(), InstantSource.system());
      var copies =
          new DataCopy(
              context,
              volume,
              InstantSource.system(),
              lacks -> events.warning(cluster, "NoRoomForCopy", lacks));
      copy(context, copies, kube.deadline(CALL));
      context.data().markStandby();
      var files = new ServerFiles(context, cluster);
      files.standby(null);
      files.write();
      context.data().finish();
    }
    LOG.atInfo().addKeyValue("data", context.data().path()).log("data directory copied");
    return 0;
  }

  private void copy(ServerContext context, DataCopy copies, KubeClient kube)
      throws IOException, InterruptedException {
    var lease =
        new LeaseStore(kube, pod.namespace(), pod.cluster(), InstantSource.system(), (_, _) -> {});
    var directory = new Directory(kube, pod.namespace(), System::nanoTime);
    int failures = 0;
    while (true) {
      copies.awaitRoom();
      String address = primary(lease, directory);
      if (!address.isEmpty()) {
        try {
          copies.copy(
              ConnInfo.streaming(parent, address, PORT, pod.pod(), context.paths()).lasting());
          return;
        } catch (DataCopy.NoRoom e) {
          LOG.atWarn().addKeyValue("error", e.getMessage()).log("no room for the data");
        } catch (PostgresException e) {
          LOG.atWarn().addKeyValue("error", e.getMessage()).log("copy failed");
          boolean early = String.valueOf(e.getMessage()).contains("connection to server");
          if (!early && ++failures == COPIES) {
            throw e;
          }
        }
      }
      Thread.sleep(PAUSE);
    }
  }

  /// The address of the primary; empty while there is none.
  private static String primary(LeaseStore lease, Directory directory) {
    try {
      return lease.read() instanceof LeaseAnswer.Found(var record, _) && !record.isFree()
          ? directory.lookUp(record.holder())
          : "";
    } catch (KubeException e) {
      return "";
    }
  }
}
