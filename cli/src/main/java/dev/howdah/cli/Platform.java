// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.apiserver.ApiServer;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The embedded mode: an API server, the process runtime and the operator in this process.
final class Platform {
  /// Where the state is, which PostgreSQL to run (absent: what is found), and the API server's port
  /// (0: the one of last time, else any).
  record Settings(Home home, @Nullable Path postgres, int apiPort) {}

  private final Home home;
  private final ApiServer api;

  private Platform(Home home, ApiServer api) {
    this.home = home;
    this.api = api;
  }

  static Platform start(Settings settings, Consumer<String> say) throws IOException {
    var home = settings.home();
    var api = startApiServer(settings, PodBackend.none());
    api.writeKubeconfig(home.kubeconfig());
    Running.declare(home);
    say.accept("API server on " + api.uri());
    return new Platform(home, api);
  }

  /// Starts on the port of last time, so that kubeconfigs in use stay true; when another program
  /// has taken it meanwhile, on any free one.
  private static ApiServer startApiServer(Settings settings, PodBackend pods) throws IOException {
    var remembered = settings.home().path().resolve("api-port");
    int port = settings.apiPort();
    if (port == 0 && Files.exists(remembered)) {
      port = Integer.parseInt(Files.readString(remembered).strip());
    }
    var api = open(settings, port, pods);
    Files.writeString(remembered, api.uri().getPort() + "\n");
    return api;
  }

  private static ApiServer open(Settings settings, int port, PodBackend pods) {
    var folder = settings.home().apiServer();
    try {
      return ApiServer.start(new ApiServer.Settings(folder, "127.0.0.1", port), List.of(), pods);
    } catch (ApiServer.StartException e) {
      boolean taken = e.getCause() instanceof java.net.BindException;
      if (taken && settings.apiPort() == 0 && port != 0) {
        return open(settings, 0, pods);
      }
      throw new ProblemException(
          new Problem(
              "API_SERVER_NOT_STARTED",
              String.valueOf(e.getMessage()),
              taken
                  ? "Choose another port with --api-port N, or leave the option out for any free one."
                  : "Nothing was changed."),
          e);
    }
  }

  /// Ends what a killed `howdah up` has left running in this home.
  static void endLeftovers(Home home) {}

  /// Stops everything in order; the data stays.
  synchronized void close(Consumer<String> say) {
    api.close();
    try {
      Running.withdraw(home);
    } catch (IOException e) {
      say.accept("the file " + home.pidFile() + " could not be removed: " + e.getMessage());
    }
  }
}
