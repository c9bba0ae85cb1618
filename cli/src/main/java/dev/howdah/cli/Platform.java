// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.apiserver.User;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.operator.Operator;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.podruntime.LatePodBackend;
import dev.howdah.podruntime.PodRuntime;
import dev.howdah.podruntime.pod.Images;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.command.Installation;
import dev.howdah.postgres.command.Installations;
import java.io.IOException;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The embedded mode: an API server, the process runtime and the operator in this process.
final class Platform {
  /// Where the state is, which PostgreSQL to run (absent: what is found), and the API server's port
  /// (0: the one of last time, else any).
  record Settings(Home home, @Nullable Path postgres, int apiPort) {}

  /// All parts, or only those that pods need to be stopped in order.
  enum Extent {
    WHOLE,
    WITHOUT_OPERATOR
  }

  /// What was started, each with how to stop it; stopped in reverse order.
  private record Part(String name, AutoCloseable stop) {}

  private static final Duration STOP_GRACE = Duration.ofSeconds(20);

  private final Home home;
  private final Deque<Part> parts = new ArrayDeque<>();

  private Platform(Home home) {
    this.home = home;
  }

  /// Starts everything; what was started is stopped again if a later part fails.
  static Platform start(Settings settings, Extent extent, Consumer<String> say)
      throws IOException, InterruptedException {
    var platform = new Platform(settings.home());
    try {
      platform.startParts(settings, extent, say);
      return platform;
    } catch (IOException | InterruptedException | RuntimeException e) {
      platform.close(_ -> {});
      throw e;
    }
  }

  private void startParts(Settings settings, Extent extent, Consumer<String> say)
      throws IOException, InterruptedException {
    LogFile.use(home);
    var installations = installations(settings.postgres());
    var pods = new LatePodBackend();
    var image = "ghcr.io/cloudnative-pg/postgresql:" + installations.newest().major();
    var api = startApiServer(settings, pods, image);
    parts.push(new Part("API server", api));
    api.writeKubeconfig(home.kubeconfig());
    var admin = Connection.open(home.kubeconfig());
    parts.push(new Part("client", admin));
    Installed.into(admin, home.path());
    var runtime = startRuntime(runtimeSettings(api.uri(), installations), admin);
    parts.push(new Part("process runtime", runtime));
    pods.bind(runtime);
    if (extent == Extent.WHOLE) {
      startOperator(api, image);
    }
    Running.declare(home);
    parts.push(new Part("pid file", () -> Running.withdraw(home)));
    say.accept("API server on %s, pods run as %s".formatted(api.uri(), runtime.user()));
  }

  private static PodRuntime startRuntime(dev.howdah.podruntime.Settings settings, KubeClient client)
      throws InterruptedException {
    try {
      return PodRuntime.start(settings, client);
    } catch (IOException e) {
      throw new ProblemException(
          new Problem(
              "RUNTIME_NOT_STARTED", String.valueOf(e.getMessage()), "Nothing was started."),
          e);
    }
  }

  /// Databases stop standbys first, so that stopping is no failover.
  private dev.howdah.podruntime.Settings runtimeSettings(URI apiServer, Installations installations)
      throws IOException {
    return dev.howdah.podruntime.Settings.of(
        home.runtime(),
        apiServer,
        new Images(
            Map.of("/manager", ManagerInstallation.into(home)),
            major ->
                installations.all().stream()
                    .filter(i -> major == 0 || i.major() == major)
                    .findFirst()
                    .map(Installation::programs)),
        new dev.howdah.podruntime.Settings.Stop(
            STOP_GRACE, pod -> Json.label(pod, "cnpg.io/instanceRole").equals("primary")));
  }

  private static Installations installations(@Nullable Path given) throws InterruptedException {
    var found = Installations.find(given, System.getenv().getOrDefault("PATH", ""));
    try {
      found.newest();
      return found;
    } catch (PostgresException e) {
      throw new ProblemException(
          new Problem("NO_POSTGRES", String.valueOf(e.getMessage()), "Nothing was started."), e);
    }
  }

  /// The operator has an identity of its own, with the rights that it gets on Kubernetes, so that
  /// one it lacks shows here.
  private void startOperator(ApiServer api, String image) throws IOException, InterruptedException {
    var file = home.path().resolve("operator.kubeconfig");
    api.writeKubeconfig(
        file, User.serviceAccount("howdah-system", "howdah-operator"), "howdah-system");
    KubeClient client = Connection.open(file);
    parts.push(new Part("operator's client", client));
    var operator =
        Operator.start(
            OperatorSettings.of(
                List.of(
                    Map.of(
                        "OPERATOR_NAMESPACE",
                        "howdah-system",
                        "POSTGRES_IMAGE_NAME",
                        image,
                        "PULL_SECRET_NAME",
                        "",
                        "HOWDAH_MANAGER_PROGRAM",
                        ManagerInstallation.into(home).toString()))),
            client);
    parts.push(new Part("operator", operator));
  }

  /// Starts on the port of last time, so that kubeconfigs in use stay true; when another program
  /// has taken it meanwhile, on any free one.
  private static ApiServer startApiServer(Settings settings, PodBackend pods, String image)
      throws IOException {
    int asked = settings.apiPort();
    var api = open(settings, asked == 0 ? settings.home().apiPort() : asked, pods, image);
    settings.home().rememberApiPort(api.uri().getPort());
    return api;
  }

  /// Two homes rarely share a range; the pods' ranges end below this one.
  private static String serviceRange(Home home) {
    return "127.%d.0.0/16".formatted(80 + Math.floorMod(home.path().toString().hashCode(), 40));
  }

  private static ApiServer open(Settings settings, int port, PodBackend pods, String image) {
    var folder = settings.home().apiServer();
    try {
      var where = new ApiServer.Settings(folder, "127.0.0.1", port, serviceRange(settings.home()));
      return ApiServer.start(where, List.of(new KindAdmission(image)), pods);
    } catch (ApiServer.StartException e) {
      boolean taken = isTaken(e);
      if (taken && settings.apiPort() == 0 && port != 0) {
        return open(settings, 0, pods, image);
      }
      throw new ProblemException(
          new Problem(
              "API_SERVER_NOT_STARTED",
              String.valueOf(e.getMessage()),
              taken
                  ? "Choose another port with --api-port N, or leave the option out for any free"
                      + " one."
                  : "Nothing was changed."),
          e);
    }
  }

  private static boolean isTaken(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof BindException) {
        return true;
      }
    }
    return false;
  }

  synchronized boolean isClosed() {
    return parts.isEmpty();
  }

  /// Stops everything in order; the data stays. What can't be stopped is said, and the rest is
  /// stopped all the same.
  synchronized void close(Consumer<String> say) {
    while (!parts.isEmpty()) {
      var part = parts.pop();
      try {
        part.stop().close();
      } catch (Exception e) {
        say.accept("the %s did not stop cleanly: %s".formatted(part.name(), e.getMessage()));
      }
    }
  }
}
