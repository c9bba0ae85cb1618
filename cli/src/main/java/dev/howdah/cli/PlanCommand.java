// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "plan",
    description = {
      "Show what applying manifests would do, before it is done.",
      "What is created, reloaded, restarted in which order, switched over, refused. Nothing is changed; the server is asked in a dry run."
    },
    exitCodeList = {
      "0:The server would take all of it.",
      "1:Something would be refused, a file can't be read, or the server doesn't answer.",
      "2:The command line is wrong.",
      "3:With --exit-code: the server would take all of it, and something would change."
    },
    footer = {
      "howdah plan app.yaml",
      "howdah plan app.yaml --exit-code   # for scripts",
      "howdah plan app.yaml --offline     # as if nothing were there"
    })
final class PlanCommand implements Callable<Integer> {
  private static final int CHANGES = 3;

  @Spec private CommandSpec spec;
  @Mixin private Connection connection;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Manifests, as for kubectl apply.")
  private List<Path> files = List.of();

  @Mixin private OutputOption output;

  @Option(
      names = "--offline",
      description = "Plan for a server that has nothing yet, without asking one.")
  private boolean offline;

  @Option(names = "--exit-code", description = "Exit with 3 if something would change.")
  private boolean exitCode;

  @Override
  public Integer call() {
    var manifests = Manifests.read(files);
    if (manifests.objects().isEmpty()) {
      throw new ProblemException(
          new Problem(
              "NOTHING_TO_PLAN",
              "there is no object in " + files,
              "Give a file with a Cluster in it; examples/ has some."));
    }
    var prospects = offline ? offline(manifests) : online(manifests);
    print(prospects);
    if (prospects.stream().anyMatch(p -> p.verdict() == Prospect.Verdict.REFUSE)) {
      return 1;
    }
    return exitCode && prospects.stream().anyMatch(Prospect::changes) ? CHANGES : 0;
  }

  private List<Prospect> offline(Manifests manifests) {
    return Planner.onEmptyServer(
        manifests, Objects.requireNonNullElse(connection.namespace(), "default"));
  }

  private List<Prospect> online(Manifests manifests) {
    try (var client = connection.open();
        var instances = new InstanceStatus(client)) {
      return new Planner(client, instances)
          .plan(manifests, Objects.requireNonNullElse(connection.namespace(), client.namespace()));
    } catch (KubeException e) {
      if (e.code() == 0) {
        throw Connection.unreachable(connection.file(), e);
      }
      if (e.isForbidden()) {
        throw new ProblemException(
            new Problem(
                "FORBIDDEN",
                "the server refuses to answer: " + e.getMessage(),
                "A plan needs the rights of the apply that it foretells, and to read what belongs"
                    + " to the Cluster."),
            e);
      }
      throw e;
    }
  }

  private void print(List<Prospect> prospects) {
    var out = spec.commandLine().getOut();
    if (output.isJson()) {
      var all = Json.object();
      var list = all.putArray("objects");
      prospects.forEach(p -> list.add(PlanText.json(p)));
      out.println(all.toPrettyString());
      return;
    }
    prospects.forEach(p -> PlanText.text(p).forEach(out::println));
    out.println("Nothing was changed.");
  }
}
