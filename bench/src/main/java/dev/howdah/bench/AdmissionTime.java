// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.admission.ResourceAdmission;
import dev.howdah.api.rules.DefaultSettings;
import dev.howdah.api.validate.Manifest;
import dev.howdah.api.validate.ManifestReader;
import dev.howdah.api.validate.UnreadableManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How long admission of a Cluster takes, warm: defaults of a new one, its judgement, and its
/// judgement as an update, over all good Clusters of the corpus.
public final class AdmissionTime {
  private static final Path CORPUS = Path.of("api/src/test/resources/corpus/valid");
  private static final int WARM_UP = 20_000;
  private static final int MEASURED = 50_000;

  private AdmissionTime() {}

  public static void main(String[] args) throws IOException, UnreadableManifest {
    var admission = new ResourceAdmission(DefaultSettings.STANDARD);
    List<ObjectNode> clusters = clusters();
    long[] nanos = new long[MEASURED];
    int findings = 0;
    for (int i = -WARM_UP; i < MEASURED; i++) {
      ObjectNode cluster = clusters.get(Math.floorMod(i, clusters.size()));
      long begin = System.nanoTime();
      ObjectNode stored = admission.mutate(cluster);
      findings += admission.validate(stored, null).warnings().size();
      if (i >= 0) {
        nanos[i] = System.nanoTime() - begin;
      }
    }
    Arrays.sort(nanos);
    System.out.printf(
        "admission of %d Clusters, defaults and rules, %d times after %d (%d warnings):%n"
            + "p50 %.3f ms, p90 %.3f ms, p99 %.3f ms, worst %.3f ms%n",
        clusters.size(),
        MEASURED,
        WARM_UP,
        findings,
        at(nanos, 0.5),
        at(nanos, 0.9),
        at(nanos, 0.99),
        at(nanos, 1));
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1.0, share * sorted.length)] / 1e6;
  }

  private static List<ObjectNode> clusters() throws IOException, UnreadableManifest {
    List<ObjectNode> clusters = new ArrayList<>();
    try (var files = Files.list(CORPUS)) {
      for (Path file : files.sorted().toList()) {
        for (Manifest manifest : ManifestReader.read(file.toString(), Files.readAllBytes(file))) {
          if (manifest.tree().path("kind").asText("").equals("Cluster")) {
            clusters.add(manifest.tree());
          }
        }
      }
    }
    return clusters;
  }
}
