// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "up",
    description = {
      "Run PostgreSQL on this machine from the manifests that you would give to Kubernetes.",
      "Without FILE only the API server comes up. Ctrl-C stops everything; the data stays."
    },
    mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "FILE", description = "Manifests to apply.")
  private List<Path> files = List.of();

  @Option(names = "--detach", description = "Return when every Cluster in the files is healthy.")
  private boolean detach;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "Where all state is kept (default: ~/.howdah).")
  private @Nullable Path home;

  @Option(
      names = "--postgres",
      paramLabel = "DIR",
      description =
          "The folder with PostgreSQL's programs (default: PATH, /usr/lib/postgresql/*/bin).")
  private @Nullable Path postgres;

  @Option(
      names = "--api-port",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "The API server's port on 127.0.0.1 (default: the one it had before, else any free one).")
  private int apiPort;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description = "With --detach: how long to wait for health (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "text|json",
      defaultValue = "text")
  private StatusCommand.Output output;

  @Option(
      names = "--serve",
      hidden = true,
      description = "Run as the background process of --detach.")
  private boolean serve;

  @Override
  public Integer call() throws IOException, InterruptedException {
    var manifests = Manifests.read(files);
    var place = Home.resolve(home, System.getenv()).prepare();
    var settings = new Platform.Settings(place, postgres, apiPort);
    if (serve) {
      return serve(settings);
    }
    // progress is for people: with JSON it goes to standard error
    PrintWriter progress =
        output == StatusCommand.Output.JSON
            ? spec.commandLine().getErr()
            : spec.commandLine().getOut();
    var running = Running.find(place);
    if (running.isPresent()) {
      say(progress, "howdah is up already (process %d)".formatted(running.get().pid()));
      return follow(place, manifests, progress);
    }
    if (detach) {
      Daemon.start(settings, progress);
      return follow(place, manifests, progress);
    }
    var platform = Platform.start(settings, Platform.Extent.WHOLE, line -> say(progress, line));
    var hook = new Thread(() -> stop(platform, progress), "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return follow(place, manifests, progress);
    } catch (ProblemException e) {
      stop(platform, progress);
      throw e;
    }
  }

  private int serve(Platform.Settings settings) throws IOException, InterruptedException {
    var out = spec.commandLine().getOut();
    var platform = Platform.start(settings, Platform.Extent.WHOLE, line -> say(out, line));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(platform, out), "stop"));
    new CountDownLatch(1).await();
    return 0;
  }

  private static void stop(Platform platform, PrintWriter progress) {
    platform.close(line -> say(progress, line));
  }

  /// Applies the manifests and follows the Clusters: to health with `--detach`, for ever without.
  private int follow(Home place, Manifests manifests, PrintWriter progress)
      throws IOException, InterruptedException {
    try (var client = Connection.open(place.kubeconfig());
        var changes = new Progress(client, progress)) {
      say(progress, "export KUBECONFIG=" + place.kubeconfig());
      new Applier(client, line -> say(progress, line)).apply(manifests);
      var clusters = manifests.clusters(client.namespace());
      var patience = detach ? Duration.ofSeconds(timeout) : Duration.ofDays(3650);
      var views = changes.untilHealthy(clusters, patience);
      summary(place, client, progress, views);
      if (!detach) {
        say(progress, "Ctrl-C stops everything; the data stays in " + place.path());
        changes.forEver();
      }
      return 0;
    }
  }

  private void summary(Home place, KubeClient client, PrintWriter progress, List<ClusterView> views)
      throws IOException {
    for (var view : views) {
      say(progress, "");
      Tables.text(view).forEach(line -> say(progress, line));
      var cluster = client.get(Resource.CLUSTERS, view.namespace(), view.name());
      var access = Access.write(place, client, cluster);
      if (access.isPresent()) {
        say(progress, "");
        say(progress, "  " + access.get().command());
        say(progress, "  howdah psql %s -n %s".formatted(view.name(), view.namespace()));
      }
    }
    if (!views.isEmpty()) {
      say(progress, "  export KUBECONFIG=" + place.kubeconfig());
    }
    if (output == StatusCommand.Output.JSON) {
      var all = Json.object();
      all.put("kubeconfig", place.kubeconfig().toString());
      var list = all.putArray("clusters");
      views.forEach(v -> list.add(Tables.json(v)));
      say(spec.commandLine().getOut(), all.toPrettyString());
    }
  }

  static void say(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }
}
