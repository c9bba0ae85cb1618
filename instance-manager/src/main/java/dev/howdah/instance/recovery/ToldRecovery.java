// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.archive.ArchiveCommand;
import dev.howdah.instance.job.Folders;
import dev.howdah.kube.ClusterStatus;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.PostgresException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A job that recovers the data of a new Cluster, and how it went: as an event for people, and as a
/// condition for whoever waits for it.
final class ToldRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(ToldRecovery.class);
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final String RECOVERED = "howdah.dev/Recovered";

  /// What is done.
  interface Work {
    void recover(KubeClient kube, JsonNode cluster) throws IOException, InterruptedException;
  }

  private final PodEnvironment pod;
  private final KubeClient kube;

  private ToldRecovery(PodEnvironment pod, KubeClient kube) {
    this.pod = pod;
    this.kube = kube;
  }

  static int of(PodEnvironment pod, Work work)
      throws IOException, InterruptedException, GeneralSecurityException {
    Folders.prepare(pod);
    Folders.askForWal(pod);
    try (KubeClient kube = new KubeClient(KubeSettings.inCluster(pod.root(), pod.all()))) {
      new ToldRecovery(pod, kube).run(work);
      return 0;
    }
  }

  private void run(Work work) throws IOException, InterruptedException {
    JsonNode cluster = kube.deadline(CALL).get(Resource.CLUSTERS, pod.namespace(), pod.cluster());
    var events =
        new EventRecorder(kube.deadline(CALL), "restore", pod.pod(), InstantSource.system());
    try {
      work.recover(kube, cluster);
      events.normal(cluster, "RecoveryCompleted", "Recovered the data of " + pod.pod());
    } catch (StoreException e) {
      failed(cluster, events, ArchiveCommand.advice(e));
      throw e;
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | PostgresException
        | KubeException e) {
      failed(cluster, events, String.valueOf(e.getMessage()));
      throw e;
    }
  }

  private void failed(JsonNode cluster, EventRecorder events, String why) {
    events.warning(cluster, "RecoveryFailed", why);
    try {
      new ClusterStatus(kube, pod.namespace(), pod.cluster(), InstantSource.system())
          .set(new ClusterStatus.Condition(RECOVERED, false, "RecoveryFailed", why));
    } catch (KubeException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("condition not written");
    }
  }

  /// For the lines that PostgreSQL's programs print.
  static void said(String line) {
    LOG.atInfo().addKeyValue("line", line).log("PostgreSQL's program said");
  }
}
