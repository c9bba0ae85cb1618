// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `howdah drill run|list|show`: whether backups can be restored.
@Command(
    name = "drill",
    description = "Restore drills: prove that the backups of a Cluster can be restored.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {DrillCommand.Run.class, DrillCommand.All.class, DrillCommand.Show.class})
final class DrillCommand {
  private static final String REQUEST = "howdah.dev/drillRequested";

  private DrillCommand() {}

  /// Runs one now.
  @Command(
      name = "run",
      description = {
        "Restore the newest backup of a Cluster into a throw-away instance now, and check it.",
        "DRILL is a RestoreDrill; the name of a Cluster that has none makes one without schedule."
      },
      footer = "howdah drill run app")
  static final class Run implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private Connection connection;

    @Parameters(
        index = "0",
        paramLabel = "DRILL|CLUSTER",
        description = "A RestoreDrill, or a Cluster for one that is made for this.")
    private String name;

    @Mixin private Waiting waiting;

    @Override
    public Integer call() throws InterruptedException {
      PrintWriter out = spec.commandLine().getOut();
      try (var client = connection.open()) {
        ObjectNode drill =
            find(client, connection.namespace(), name)
                .orElseGet(() -> make(client, connection.namespace(), name));
        if (drill.path("status").path("current").isObject()) {
          out.println("A drill of %s runs already; following it".formatted(Json.name(drill)));
        } else {
          drill = ask(client, drill);
          out.println("Drill %s asked for".formatted(Json.name(drill)));
        }
        out.flush();
        if (waiting.leaves()) {
          return 0;
        }
        String request = Json.annotation(drill, REQUEST);
        int before = drill.path("status").path("history").size();
        String last = newest(drill).path("name").asText("");
        var steps = new Steps(out);
        ObjectNode end =
            waiting
                .following(client, Resource.RESTORE_DRILLS)
                .until(
                    drill, d -> isOver(d, request, before, last), d -> steps.tell(progress(d), ""));
        JsonNode run = newest(end);
        describe(run).forEach(out::println);
        return run.path("result").asText("").equals("Succeeded") ? 0 : 1;
      }
    }

    private static boolean isOver(ObjectNode drill, String request, int before, String last) {
      JsonNode status = drill.path("status");
      boolean answered =
          request.isEmpty() || status.path("answeredRequest").asText("").equals(request);
      boolean fresh =
          status.path("history").size() > before
              || !newest(drill).path("name").asText("").equals(last);
      return answered && fresh && !status.path("current").isObject();
    }

    private static String progress(ObjectNode drill) {
      JsonNode status = drill.path("status");
      return status.path("current").isObject()
          ? "%s in %s"
              .formatted(
                  status.path("phase").asText(""), status.path("current").path("name").asText(""))
          : "";
    }

    private static ObjectNode ask(KubeClient client, ObjectNode drill) {
      ObjectNode patch = Json.object();
      patch.putObject("metadata").putObject("annotations").put(REQUEST, Instant.now().toString());
      return client.merge(Resource.RESTORE_DRILLS, Json.namespace(drill), Json.name(drill), patch);
    }

    private static ObjectNode make(KubeClient client, @Nullable String namespace, String cluster) {
      var known = all(client, namespace).stream().map(Json::name).toList();
      ObjectNode found;
      try {
        found = Clusters.named(client, namespace, cluster);
      } catch (ProblemException e) {
        throw new ProblemException(
            new Problem(
                "NO_SUCH_DRILL",
                "there is neither a RestoreDrill nor a Cluster %s".formatted(cluster),
                known.isEmpty()
                    ? "There are no RestoreDrills; name a Cluster"
                    : "RestoreDrills: " + String.join(", ", known)),
            e);
      }
      ObjectNode drill = Json.object(Resource.RESTORE_DRILLS, Json.namespace(found), cluster);
      drill.putObject("spec").putObject("cluster").put("name", cluster);
      return client.create(Resource.RESTORE_DRILLS, drill);
    }
  }

  /// All of them.
  @Command(
      name = "list",
      description = "List the RestoreDrills and how the last one of each went.",
      footer = "howdah drill list")
  static final class All implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private Connection connection;

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      try (var client = connection.open()) {
        var drills = all(client, connection.namespace());
        if (drills.isEmpty()) {
          out.println("There is no RestoreDrill; howdah drill run CLUSTER makes one");
          return 0;
        }
        var rows = new ArrayList<List<String>>();
        rows.add(
            List.of(
                "NAMESPACE",
                "NAME",
                "CLUSTER",
                "SCHEDULE",
                "LAST",
                "ENDED",
                "RECOVERED IN",
                "NEWEST COMMIT WAS",
                "NEXT"));
        for (ObjectNode drill : drills) {
          JsonNode run = newest(drill);
          rows.add(
              List.of(
                  Json.namespace(drill),
                  Json.name(drill),
                  source(drill),
                  drill.path("spec").path("suspend").asBoolean(false)
                      ? "suspended"
                      : dash(drill.path("spec").path("schedule").asText("")),
                  dash(run.path("result").asText("")),
                  dash(run.path("endedAt").asText("")),
                  seconds(run.path("recoverySeconds")),
                  run.hasNonNull("recoveryPointSeconds")
                      ? seconds(run.path("recoveryPointSeconds")) + " old"
                      : "-",
                  dash(drill.path("status").path("nextScheduleTime").asText(""))));
        }
        Tables.aligned(rows).forEach(out::println);
        return 0;
      }
    }
  }

  /// One of them.
  @Command(
      name = "show",
      description = "Show one RestoreDrill: its last result, and those before.",
      footer = "howdah drill show app-weekly")
  static final class Show implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private Connection connection;

    @Parameters(index = "0", paramLabel = "DRILL", description = "The RestoreDrill's name.")
    private String name;

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      try (var client = connection.open()) {
        ObjectNode drill =
            find(client, connection.namespace(), name)
                .orElseThrow(() ->
                    new ProblemException(
                        new Problem(
                            "NO_SUCH_DRILL",
                            "there is no RestoreDrill " + name,
                            "There are: "
                                + all(client, connection.namespace()).stream()
                                    .map(Json::name)
                                    .collect(Collectors.joining(", ")))));
        JsonNode status = drill.path("status");
        out.println(
            "RestoreDrill %s/%s of %s: %s; %d succeeded and %d failed so far"
                .formatted(
                    Json.namespace(drill),
                    name,
                    source(drill),
                    status.path("phase").asText("not looked at yet"),
                    status.path("succeeded").asInt(0),
                    status.path("failed").asInt(0)));
        status
            .path("history")
            .forEach(run -> {
              out.println();
              describe(run).forEach(out::println);
            });
        return newest(drill).path("result").asText("").equals("Failed") ? 1 : 0;
      }
    }
  }

  private static List<ObjectNode> all(KubeClient client, @Nullable String namespace) {
    return Clusters.all(
        client,
        Resource.RESTORE_DRILLS,
        namespace,
        "RestoreDrill of howdah.dev/v1alpha1",
        "Upgrade the installation: helm upgrade howdah charts/howdah -n howdah-system");
  }

  private static Optional<ObjectNode> find(
      KubeClient client, @Nullable String namespace, String name) {
    return all(client, namespace).stream().filter(d -> Json.name(d).equals(name)).findFirst();
  }

  private static JsonNode newest(JsonNode drill) {
    return drill.path("status").path("history").path(0);
  }

  private static String source(JsonNode drill) {
    JsonNode spec = drill.path("spec");
    String cluster = spec.path("cluster").path("name").asText("");
    return cluster.isEmpty()
        ? "archive " + spec.path("archive").path("serverName").asText("")
        : cluster;
  }

  private static String dash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  private static String seconds(JsonNode number) {
    return number.isNumber() ? number.asLong() + " s" : "-";
  }

  /// One drill, for a person.
  static List<String> describe(JsonNode run) {
    var lines = new ArrayList<String>();
    lines.add("%s  %s".formatted(run.path("result").asText(""), run.path("endedAt").asText("")));
    if (run.hasNonNull("message")) {
      lines.add("  why            " + run.path("message").asText());
    }
    if (run.hasNonNull("backupId")) {
      lines.add(
          "  restored       backup %s and %d WAL files, %s"
              .formatted(
                  run.path("backupId").asText(),
                  run.path("walFiles").asLong(0),
                  Tables.bytes(run.path("bytes").asLong(0))));
    }
    if (run.hasNonNull("recoverySeconds")) {
      lines.add("  recovered in   " + seconds(run.path("recoverySeconds")));
    }
    if (run.hasNonNull("newestCommit")) {
      lines.add(
          "  newest commit  %s, %s before the drill"
              .formatted(
                  run.path("newestCommit").asText(), seconds(run.path("recoveryPointSeconds"))));
    }
    for (JsonNode check : run.path("checks")) {
      lines.add(
          "  %s  %s: %s"
              .formatted(
                  !check.has("passed")
                      ? "--    "
                      : check.path("passed").asBoolean(false) ? "ok    " : "FAILED",
                  check.path("name").asText(""),
                  check.path("message").asText("")));
    }
    return lines;
  }
}
