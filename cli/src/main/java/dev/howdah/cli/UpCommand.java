// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "up",
    description = {
      "Run PostgreSQL on this machine from the manifests that you would give to Kubernetes.",
      "Without FILE it goes on with the Clusters that are there, or brings up the API server alone."
          + " Ctrl-C stops everything; the data stays."
    },
    footer = {
      "howdah up examples/customer-postgres.yaml",
      "howdah up app.yaml --detach --timeout 120   # returns when it is healthy",
      "howdah up                                    # goes on with what is there"
    })
final class UpCommand implements Callable<Integer> {
  /// How long a running one may need to answer.
  private static final Duration ANSWERS = Duration.ofSeconds(60);

  /// How long a start that was interrupted may take to undo itself.
  private static final Duration START_ENDS = Duration.ofSeconds(30);

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description = "Manifests to apply (YAML or JSON).")
  private List<Path> files = List.of();

  @Option(
      names = "--detach",
      description =
          "Return when every Cluster in the files is healthy, and go on in the background.")
  private boolean detach;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "Where all state is kept (default: $HOWDAH_HOME, else ~/.howdah).")
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
      description = "With --detach: how many seconds to wait for that (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Mixin private OutputOption output;

  @Option(
      names = "--serve",
      hidden = true,
      description = "Run as the background process of --detach.")
  private boolean serve;

  @Override
  public Integer call() throws IOException, InterruptedException {
    var manifests = Manifests.read(files);
    var prepared = Home.resolve(home, System.getenv()).prepare();
    var place = prepared.home();
    var settings = new Platform.Settings(place, postgres, apiPort);
    if (serve) {
      return serve(settings);
    }
    var narrator = new Narrator(spec.commandLine().getOut(), output.format());
    var running = Running.find(place);
    if (running.isPresent()
        && running.get().serves(() -> Connection.answers(place.kubeconfig()), ANSWERS)) {
      narrator.say("howdah is up already (process %d)".formatted(running.get().pid()));
      return follow(
          place,
          manifests,
          narrator,
          "Ctrl-C ends this view; howdah down stops everything, and the data stays in ");
    }
    if (detach) {
      Daemon.start(settings, narrator, prepared::giveUp);
      return follow(place, manifests, narrator, "");
    }
    var platform = startOrGiveUp(settings, narrator, prepared);
    try {
      return follow(place, manifests, narrator, "Ctrl-C stops everything; the data stays in ");
    } catch (ProblemException e) {
      endIfStopping(narrator);
      stop(platform, narrator, place);
      throw e;
    } catch (KubeException e) {
      endIfStopping(narrator);
      throw e;
    }
  }

  /// What was stopped on purpose does not answer any more, which is no news to anybody.
  private static void endIfStopping(Narrator narrator) throws InterruptedException {
    if (narrator.isStopping()) {
      new CountDownLatch(1).await(); // this process ends any moment
    }
  }

  private int serve(Platform.Settings settings) throws IOException, InterruptedException {
    var narrator = new Narrator(spec.commandLine().getOut(), OutputOption.Format.TEXT);
    start(settings, narrator);
    new CountDownLatch(1).await();
    return 0;
  }

  private static Platform startOrGiveUp(
      Platform.Settings settings, Narrator narrator, PreparedHome prepared)
      throws IOException, InterruptedException {
    try {
      return start(settings, narrator);
    } catch (ProblemException e) {
      prepared.giveUp();
      throw e;
    }
  }

  /// Starts everything; what ends this process stops it in order, also when that is half started.
  private static Platform start(Platform.Settings settings, Narrator narrator)
      throws IOException, InterruptedException {
    var started = new CompletableFuture<Platform>();
    var starter = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> stop(started, starter, narrator, settings.home()), "stop"));
    try {
      started.complete(Platform.start(settings, Platform.Extent.WHOLE, narrator::say));
      return started.join();
    } finally {
      started.cancel(false); // nothing to stop where the start failed
    }
  }

  private static void stop(
      CompletableFuture<Platform> started, Thread starter, Narrator narrator, Home home) {
    if (started.isCancelled()) {
      return; // it was refused, and has undone itself
    }
    if (!started.isDone()) {
      starter.interrupt();
    }
    try {
      stop(started.get(START_ENDS.toSeconds(), TimeUnit.SECONDS), narrator, home);
    } catch (CancellationException e) {
      narrator.say("stopped before all was started");
    } catch (ExecutionException | InterruptedException | TimeoutException e) {
      narrator.say("not everything was stopped; howdah down does that");
    }
  }

  private static void stop(Platform platform, Narrator narrator, Home home) {
    if (platform.isClosed()) {
      return; // a manifest was refused, and all was stopped for that
    }
    narrator.stopping();
    narrator.say("stopping: standbys first, then the primary");
    platform.close(narrator::say);
    narrator.say("stopped; the data stays in %s, howdah up goes on with it".formatted(home.path()));
  }

  /// Applies the manifests and follows the Clusters: to health with `--detach`, for ever without.
  ///
  /// @param leaving what Ctrl-C does, in front of the state folder
  private int follow(Home place, Manifests manifests, Narrator narrator, String leaving)
      throws IOException, InterruptedException {
    try (var client = Connection.open(place.kubeconfig());
        var changes = new Progress(client, narrator)) {
      narrator.say("export KUBECONFIG=" + place.kubeconfig());
      new Applier(client, narrator::say).apply(manifests);
      // without files it goes on with what is there
      var clusters =
          files.isEmpty() && !detach
              ? Clusters.all(client, null)
              : manifests.clusters(client.namespace());
      var patience = detach ? Duration.ofSeconds(timeout) : Duration.ofDays(3650);
      var views = changes.untilHealthy(clusters, patience);
      summary(place, client, narrator, views);
      if (!detach) {
        narrator.hint(leaving + place.path());
        changes.forEver();
      }
      return 0;
    }
  }

  /// What a command needs to find this state folder again: nothing where it is the usual one.
  private static String homeOption(Home place) throws IOException {
    var usual = Home.resolve(null, System.getenv()).path();
    return Files.exists(usual) && usual.toRealPath().equals(place.path())
        ? ""
        : " --home " + place.path();
  }

  private static void summary(
      Home place, KubeClient client, Narrator narrator, List<ClusterView> views)
      throws IOException {
    for (var view : views) {
      narrator.hint("");
      Tables.text(view).forEach(narrator::hint);
      var cluster = client.get(Resource.CLUSTERS, view.namespace(), view.name());
      var access = Access.write(place, client, cluster);
      if (access.isPresent()) {
        narrator.hint("");
        narrator.hint("  " + access.get().command());
        narrator.hint(
            "  %s psql %s -n %s%s"
                .formatted(Launcher.asTyped(), view.name(), view.namespace(), homeOption(place)));
      }
    }
    if (!views.isEmpty()) {
      narrator.hint("  export KUBECONFIG=" + place.kubeconfig());
    }
    narrator.clusters(place.kubeconfig(), views);
  }
}
