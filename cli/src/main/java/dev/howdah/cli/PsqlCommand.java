// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "psql",
    description = {
      "Open psql on a Cluster's primary.",
      "For a Cluster of howdah up it connects through the -rw service as the application's user, with"
          + " TLS verified; on Kubernetes it runs psql in the primary's pod as postgres (by kubectl"
          + " exec)."
    },
    exitCodeList = {
      "0:psql ended well.",
      "1:The Cluster can't be reached, or psql failed.",
      "2:The command line is wrong, or psql lost its connection.",
      "3:A script of psql failed (ON_ERROR_STOP)."
    },
    footer = {
      "howdah psql app",
      "howdah psql app -- -Atc 'SELECT count(*) FROM orders'",
      "howdah psql app --superuser -- -d app -c 'CREATE EXTENSION pg_trgm'"
    })
final class PsqlCommand implements Callable<Integer> {
  @Mixin private Connection connection;

  @Option(names = "--replica", description = "Connect to a standby: in its pod, as postgres.")
  private boolean replica;

  @Option(names = "--superuser", description = "Run psql in the primary's pod, as postgres.")
  private boolean superuser;

  @Parameters(index = "0", paramLabel = "CLUSTER", description = "The Cluster's name.")
  private String clusterName;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "PSQL-ARGUMENT",
      description = "For psql itself; after --.")
  private List<String> arguments = List.of();

  @Override
  public Integer call() throws IOException, InterruptedException {
    var kubeconfig = connection.file();
    ProcessBuilder builder;
    try (var client = Connection.open(kubeconfig)) {
      var cluster = Clusters.named(client, connection.namespace(), clusterName);
      var home = connection.home();
      boolean embedded =
          Files.exists(home.kubeconfig()) && Files.isSameFile(kubeconfig, home.kubeconfig());
      builder =
          embedded && !replica && !superuser
              ? direct(new Home(home.path().toRealPath()), client, cluster)
              : inPod(kubeconfig, cluster);
    }
    return builder.inheritIO().start().waitFor();
  }

  private ProcessBuilder direct(Home home, KubeClient client, ObjectNode cluster)
      throws IOException {
    var access =
        Access.write(home, client, cluster)
            .orElseThrow(() ->
                new ProblemException(
                    new Problem(
                        "NOT_CONNECTABLE",
                        "Cluster %s has no -rw service or no credentials yet"
                            .formatted(clusterName),
                        "See how far it is: howdah status " + clusterName)));
    var command = new ArrayList<>(List.of("psql", "service=" + access.service()));
    command.addAll(arguments);
    var builder = new ProcessBuilder(command);
    builder.environment().put("PGSERVICEFILE", access.serviceFile().toString());
    return builder;
  }

  private ProcessBuilder inPod(Path kubeconfig, ObjectNode cluster) {
    var primary = cluster.at("/status/currentPrimary").asText();
    var pod = primary;
    if (replica) {
      pod = "";
      for (var name : cluster.at("/status/instanceNames")) {
        if (!name.asText().equals(primary)) {
          pod = name.asText();
        }
      }
    }
    if (pod.isEmpty()) {
      throw new ProblemException(
          new Problem(
              "NO_SUCH_INSTANCE",
              "Cluster %s has no %s now".formatted(clusterName, replica ? "standby" : "primary"),
              "See: howdah status " + clusterName));
    }
    var command =
        new ArrayList<>(List.of("kubectl", "--kubeconfig", kubeconfig.toString(), "exec", "-i"));
    if (System.console() != null) {
      command.add("-t");
    }
    command.addAll(List.of("-n", Json.namespace(cluster), pod, "-c", "postgres", "--"));
    command.addAll(List.of("psql", "-U", "postgres"));
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }
}
