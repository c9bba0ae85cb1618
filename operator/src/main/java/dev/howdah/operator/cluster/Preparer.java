// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.cluster.ClusterSpec;
import dev.howdah.api.names.Phases;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.OperandImage;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Fills in defaults, judges the definition, resolves the image: what must be done before anything
/// can be decided. Pure; the same question is answered from memory.
public final class Preparer {
  private static final Pattern MAJOR = Pattern.compile(".*:(\\d+)[^/]*$");
  private final OperatorSettings settings;

  public Preparer(OperatorSettings settings) {
    this.settings = settings;
  }

  /// Prepares one Cluster.
  public Preparation prepare(ObservedCluster cluster) {
    ObjectNode tree =
        Tree.map(
            "apiVersion",
            "postgresql.cnpg.io/v1",
            "kind",
            "Cluster",
            "metadata",
            Tree.map(
                "name",
                cluster.name(),
                "namespace",
                cluster.namespace(),
                "annotations",
                cluster.meta().annotations()),
            "spec",
            cluster.spec().deepCopy());
    ClusterSpec spec;
    try {
      spec = ObservedCluster.typed(tree.path("spec"), ClusterSpec.class);
    } catch (IllegalArgumentException e) {
      return new Preparation.Refused(
          Phases.INVALID_DEFINITION, String.valueOf(e.getMessage()), List.of());
    }
    String image = spec.imageName() == null ? settings.postgresImage() : spec.imageName();
    Matcher matcher = MAJOR.matcher(image);
    int major = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
    return new Preparation.Ready(
        new Blueprint(cluster.meta(), spec, settings, new OperandImage(image, major)),
        new ArrayList<>());
  }
}
