// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import dev.howdah.core.leadership.Identity;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/// Makes the identity of a run.
final class Incarnation {
  private static final SecureRandom RANDOM = new SecureRandom();

  static final String UNKNOWN = "unknown";

  private Incarnation() {}

  /// Every run is another one, even in the same pod.
  static Identity create(PodEnvironment pod, Volume volume, String podUid) throws IOException {
    byte[] nonce = new byte[8];
    RANDOM.nextBytes(nonce);
    return new Identity(
        pod.pod(),
        volume.identity(),
        podUid + "/" + HexFormat.of().formatHex(nonce),
        Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
  }

  static long seed() {
    return RANDOM.nextLong();
  }

  /// The UID of this pod; "unknown" while the API server doesn't answer, which makes proofs of
  /// death of this run impossible, no more.
  static String podUid(KubeClient client, PodEnvironment pod) {
    try {
      return Json.uid(client.get(Resource.PODS, pod.namespace(), pod.pod()));
    } catch (KubeException e) {
      return UNKNOWN;
    }
  }
}
