// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "status",
    description = "Show Clusters: their instances, roles, timelines, lag and addresses.",
    footer = {"howdah status", "howdah status app -n database -o json"})
final class StatusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection;

  @Parameters(
      arity = "0..1",
      paramLabel = "CLUSTER",
      description = "A Cluster's name (default: all).")
  private @Nullable String cluster;

  @Mixin private OutputOption output;

  @Override
  public Integer call() {
    var out = spec.commandLine().getOut();
    try (var client = connection.open();
        var instances = new InstanceStatus(client)) {
      var reader = new ClusterReader(client, instances);
      List<ObjectNode> chosen =
          cluster == null
              ? Clusters.all(client, connection.namespace())
              : List.of(Clusters.named(client, connection.namespace(), cluster));
      var views = chosen.stream().map(reader::view).toList();
      if (output.isJson()) {
        var all = Json.mapper().createArrayNode();
        views.forEach(v -> all.add(Tables.json(v)));
        out.println(cluster == null ? all.toPrettyString() : all.get(0).toPrettyString());
      } else if (views.isEmpty()) {
        out.println("There is no Cluster; make one with: howdah up FILE, or kubectl apply -f FILE");
      } else {
        views.forEach(v -> Tables.text(v).forEach(out::println));
      }
      return 0;
    } catch (KubeException e) {
      if (e.code() == 0) {
        throw Connection.unreachable(connection.file(), e);
      }
      throw e;
    }
  }
}
