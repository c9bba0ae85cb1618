// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.tls.ClusterTls;
import dev.howdah.instance.tls.PemFiles;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the cluster's certificates in files and in our own TLS as they are in the secrets.
final class Certificates {
  private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);
  private static final Duration DEADLINE = Duration.ofSeconds(3);
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final KubeClient kube;
  private final PodEnvironment pod;
  private final Path folder;
  private final ClusterTls tls;
  private String versions = "";

  Certificates(KubeClient kube, PodEnvironment pod, Path folder) {
    this.kube = kube.deadline(DEADLINE);
    this.pod = pod;
    this.folder = folder;
    this.tls = new ClusterTls(pod.cluster());
  }

  ClusterTls tls() {
    return tls;
  }

  /// Reads the secrets; while they can't be read, takes what an earlier run of this container left;
  /// without that, tries on.
  void load(JsonNode cluster) throws InterruptedException {
    while (true) {
      try {
        take(cluster);
        versions = versionsIn(cluster);
        return;
      } catch (KubeException | IOException | GeneralSecurityException e) {
        LOG.atWarn().addKeyValue("error", e.getMessage()).log("certificates not readable");
      }
      Optional<PemFiles> kept = PemFiles.load(folder);
      if (kept.isPresent()) {
        try {
          tls.use(kept.get());
          return;
        } catch (GeneralSecurityException e) {
          LOG.atWarn().addKeyValue("error", e.getMessage()).log("kept certificates are of no use");
        }
      }
      Thread.sleep(PAUSE);
    }
  }

  private boolean take(JsonNode cluster) throws IOException, GeneralSecurityException {
    PemFiles files =
        PemFiles.read(kube, pod.namespace(), PemFiles.Secrets.of(pod.cluster(), cluster));
    tls.use(files);
    return files.write(folder);
  }

  /// Looks at the secrets again if the Cluster says that they changed. True if PostgreSQL has to
  /// reload.
  boolean changed(JsonNode cluster) {
    String now = versionsIn(cluster);
    if (now.equals(versions)) {
      return false;
    }
    try {
      boolean written = take(cluster);
      versions = now;
      if (written) {
        LOG.info("certificates changed");
      }
      return written;
    } catch (KubeException | IOException | GeneralSecurityException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("certificates not readable");
      return false;
    }
  }

  private static String versionsIn(JsonNode cluster) {
    JsonNode status = cluster.path("status");
    JsonNode seen = status.path("secretsResourceVersion");
    return String.join(
        "/",
        seen.path("serverSecretVersion").asText(""),
        seen.path("serverCaSecretVersion").asText(""),
        seen.path("replicationSecretVersion").asText(""),
        seen.path("clientCaSecretVersion").asText(""),
        Json.text(status.path("certificates")));
  }
}
