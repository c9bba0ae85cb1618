// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.kube.Resource;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A machine that lets nobody make namespaces.
@Timeout(300)
class WithoutNamespacesIT {
  @Test
  void podsRunAndLeaveNothingBehindAllTheSame() throws Exception {
    var folder = LocalCluster.newFolder();
    var token = "5678." + ProcessHandle.current().pid(); // others run this test, too
    try (var cluster = new LocalCluster(folder, ThreadLocalRandom.current().nextInt(30), false)) {
      cluster.apply(
          """
          apiVersion: v1
          kind: Pod
          metadata: {name: plain}
          spec:
            terminationGracePeriodSeconds: 1
            volumes: [{name: v, emptyDir: {}}]
            containers:
            - name: main
              image: busybox
              command: [sh, -c, 'echo in > $0; setsid sleep %s & cat $0; wait', /v/file]
              volumeMounts: [{name: v, mountPath: /v}]
          """
              .formatted(token));
      cluster.awaitReady("plain");

      cluster.awaitLog("plain", "in\n");
      assertThat(cluster.sh("plain", "cat $HOWDAH_ROOT/v/file")).isEqualTo("in\n");
      cluster.awaitEvent("plain NamesNotResolved");
      cluster.delete(Resource.PODS, "plain");
      cluster.awaitGone(Resource.PODS, "plain");

      assertThat(ProcessHandle.allProcesses().map(p -> p.info().commandLine().orElse("")))
          .noneMatch(line -> line.endsWith("sleep " + token));
    }
  }
}
