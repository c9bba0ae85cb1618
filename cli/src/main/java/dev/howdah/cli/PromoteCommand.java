// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "promote",
    description = {
      "Make a standby the primary, by a planned switchover.",
      "The primary stops, the standby takes over when it has all of it, and the old primary comes back as a standby. Nothing is lost."
    },
    footer = {"howdah promote app 2", "howdah promote app app-2 -n database"})
final class PromoteCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection;

  @Parameters(index = "0", paramLabel = "CLUSTER", description = "The Cluster's name.")
  private String clusterName;

  @Parameters(
      index = "1",
      paramLabel = "INSTANCE",
      description = "The standby: its pod's name, or its number.")
  private String instanceName;

  @Override
  public Integer call() {
    try (var client = connection.open()) {
      String done =
          Clusters.unlessChanged(
              () -> promote(client, connection.namespace(), clusterName, instanceName));
      spec.commandLine().getOut().println(done);
      return 0;
    }
  }

  private static String promote(
      KubeClient client, @Nullable String namespace, String clusterName, String instanceName) {
    var cluster = Clusters.named(client, namespace, clusterName);
    var target =
        instanceName.chars().allMatch(Character::isDigit)
            ? clusterName + "-" + instanceName
            : instanceName;
    var status = cluster.path("status");
    if (status.path("currentPrimary").asText().equals(target)) {
      return target + " is already the primary node in the cluster";
    }
    boolean known = false;
    for (var name : status.path("instanceNames")) {
      known |= name.asText().equals(target);
    }
    if (!known) {
      throw new ProblemException(
          new Problem(
              "NO_SUCH_INSTANCE",
              "the Cluster %s has no instance %s".formatted(clusterName, target),
              "It has: " + status.path("instanceNames")));
    }
    var patch = Json.object();
    // refuses when the status has changed since it was read
    patch.withObject("/metadata").put("resourceVersion", Json.resourceVersion(cluster));
    patch
        .withObject("/status")
        .put("targetPrimary", target)
        .put("targetPrimaryTimestamp", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("phase", "Switchover in progress")
        .put("phaseReason", "Switching over to " + target);
    client.patchStatus(
        Resource.CLUSTERS, Json.namespace(cluster), clusterName, new Patch.Merge(patch));
    return "Node %s in cluster %s will be promoted".formatted(target, clusterName);
  }
}
