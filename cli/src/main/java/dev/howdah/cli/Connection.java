// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.KubeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of every command that talks to an API server: which one, and which namespace.
final class Connection {
  private static final Duration ANSWER = Duration.ofSeconds(2);

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description =
          "Of the API server (default: $KUBECONFIG, then that of howdah up, then ~/.kube/config).")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "State folder of howdah up (default: $HOWDAH_HOME, else ~/.howdah).")
  private @Nullable Path home;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description =
          "Of the Cluster (default: the only one that has such a Cluster, else the context's).")
  private @Nullable String namespace;

  Home home() {
    return Home.resolve(home, System.getenv());
  }

  @Nullable String namespace() {
    return namespace;
  }

  KubeClient open() {
    return open(file());
  }

  static KubeClient open(Path file) {
    try {
      return new KubeClient(KubeSettings.fromKubeconfig(file));
    } catch (IOException | GeneralSecurityException e) {
      throw new ProblemException(
          new Problem(
              "KUBECONFIG_UNREADABLE",
              "the kubeconfig %s can't be used: %s".formatted(file, e.getMessage()),
              "Give another with --kubeconfig FILE."),
          e);
    }
  }

  /// Whether somebody serves there just now.
  static boolean answers(Path kubeconfig) {
    if (!Files.exists(kubeconfig)) {
      return false;
    }
    try (var client = open(kubeconfig)) {
      client.deadline(ANSWER).request("GET", "/version", Map.of(), null);
      return true;
    } catch (KubeException e) {
      return false;
    }
  }

  Path file() {
    if (kubeconfig != null) {
      return kubeconfig;
    }
    var variable = System.getenv("KUBECONFIG");
    if (home == null && variable != null && !variable.isBlank()) {
      return Path.of(variable.split(":")[0]);
    }
    var users = Home.userHome(System.getenv()).resolve(".kube/config");
    for (var candidate : List.of(home().kubeconfig(), users)) {
      if (Files.exists(candidate)) {
        return candidate;
      }
    }
    throw new ProblemException(
        new Problem(
            "NO_API_SERVER",
            "there is no kubeconfig: neither $KUBECONFIG, nor %s, nor %s"
                .formatted(home().kubeconfig(), users),
            "Start PostgreSQL on this machine with: howdah up examples/customer-postgres.yaml\n"
                + "or point to a Kubernetes with --kubeconfig FILE."));
  }

  /// Says in the user's words that the server does not answer.
  static ProblemException unreachable(Path kubeconfig, KubeException e) {
    return new ProblemException(
        new Problem(
            "API_SERVER_UNREACHABLE",
            "the API server of %s doesn't answer: %s".formatted(kubeconfig, e.getMessage()),
            "If it is the one of howdah up: start it again with howdah up (the data is kept)."),
        e);
  }
}
