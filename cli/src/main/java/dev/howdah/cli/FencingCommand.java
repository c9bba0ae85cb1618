// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `howdah fencing on|off CLUSTER INSTANCE`, and as a plugin `kubectl howdah fencing …`: stops
/// PostgreSQL of an instance without letting anybody take over, and starts it again.
@Command(
    name = "fencing",
    description = "Stop PostgreSQL of an instance and keep it stopped, or let it go on.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {FencingCommand.On.class, FencingCommand.Off.class})
final class FencingCommand {
  private static final String ANNOTATION = "cnpg.io/fencedInstances";
  static final String ALL = "*";

  /// Whom it is about.
  private static final class Target {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Mixin private Connection connection;

    @Parameters(index = "0", paramLabel = "CLUSTER", description = "The Cluster's name.")
    private String cluster;

    @Parameters(
        index = "1",
        paramLabel = "INSTANCE",
        description = "A pod's name, its number, or * for all.")
    private String instance;

    void fence(boolean on) {
      try (var client = connection.open()) {
        String done =
            Clusters.unlessChanged(
                () -> change(client, connection.namespace(), cluster, instance, on));
        spec.commandLine().getOut().println(done);
      }
    }
  }

  /// Begins it.
  @Command(
      name = "on",
      description = {
        "Fence an instance.",
        "Its PostgreSQL is stopped and stays so; its pod and data remain. A fenced primary is not failed over from: nobody writes until the fence is lifted."
      },
      footer = {"howdah fencing on app 2", "howdah fencing on app '*'"})
  static final class On implements Runnable {
    @Mixin private Target target;

    @Override
    public void run() {
      target.fence(true);
    }
  }

  /// Ends it.
  @Command(
      name = "off",
      description = "Lift the fence of an instance.",
      footer = "howdah fencing off app 2")
  static final class Off implements Runnable {
    @Mixin private Target target;

    @Override
    public void run() {
      target.fence(false);
    }
  }

  private FencingCommand() {}

  private static String change(
      KubeClient client, @Nullable String namespace, String cluster, String instance, boolean on) {
    ObjectNode object = Clusters.named(client, namespace, cluster);
    Set<String> known = new TreeSet<>();
    object.path("status").path("instanceNames").forEach(name -> known.add(name.asText()));
    boolean number = !instance.isEmpty() && instance.chars().allMatch(Character::isDigit);
    String target = number ? cluster + "-" + instance : instance;
    if (!target.equals(ALL) && !known.contains(target)) {
      throw new ProblemException(
          new Problem(
              "NO_SUCH_INSTANCE",
              "the Cluster %s has no instance %s".formatted(cluster, target),
              "It has: " + String.join(", ", known)));
    }
    Set<String> fenced = fenced(object);
    if (on) {
      fenced = target.equals(ALL) ? Set.of(ALL) : with(fenced, target);
    } else {
      fenced = target.equals(ALL) ? Set.of() : without(fenced, known, target);
    }
    ObjectNode patch = Json.object();
    ObjectNode metadata = patch.withObject("/metadata");
    // refuses when somebody else changed it since it was read
    metadata.put("resourceVersion", Json.resourceVersion(object));
    ObjectNode annotations = metadata.putObject("annotations");
    if (fenced.isEmpty()) {
      annotations.putNull(ANNOTATION);
    } else {
      var names = Json.mapper().createArrayNode();
      fenced.forEach(names::add);
      annotations.put(ANNOTATION, names.toString());
    }
    client.merge(Resource.CLUSTERS, Json.namespace(object), cluster, patch);
    return target.equals(ALL)
        ? "all instances of %s %s".formatted(cluster, on ? "fenced" : "unfenced")
        : "%s %s".formatted(target, on ? "fenced" : "unfenced");
  }

  private static Set<String> with(Set<String> fenced, String target) {
    var more = new TreeSet<>(fenced);
    if (!more.contains(ALL)) {
      more.add(target);
    }
    return more;
  }

  private static Set<String> without(Set<String> fenced, Set<String> known, String target) {
    var less = new TreeSet<>(fenced.contains(ALL) ? known : fenced);
    less.remove(target);
    return less;
  }

  /// Who is fenced by the annotation; [#ALL] for everybody.
  static Set<String> fenced(JsonNode cluster) {
    Set<String> names = new TreeSet<>();
    String text = Json.annotation(cluster, ANNOTATION);
    try {
      if (!text.isEmpty()) {
        Json.mapper().readTree(text).forEach(name -> names.add(name.asText()));
      }
    } catch (IOException e) {
      throw new ProblemException(
          new Problem(
              "MALFORMED_ANNOTATION",
              "metadata.annotations[%s] is no JSON list: %s".formatted(ANNOTATION, text),
              "Set it to [] or remove it."));
    }
    return names;
  }
}
