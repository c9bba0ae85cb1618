// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import dev.howdah.apiserver.ApiServer.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// An API server in a folder of its own that is deleted with it: for tests, of any module.
public final class ThrowawayServer implements AutoCloseable {
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 32_000;
  private static final int ATTEMPTS = 20;

  private final Path folder;
  private final List<Admission> admissions;
  private final PodBackend pods;
  private ApiServer server;

  private ThrowawayServer(Path folder, List<Admission> admissions, PodBackend pods) {
    this.folder = folder;
    this.admissions = List.copyOf(admissions);
    this.pods = pods;
    this.server = startAnywhere();
  }

  /// Starts a server without admissions and pods.
  public static ThrowawayServer start() {
    return start(List.of(), PodBackend.none());
  }

  /// Starts a server.
  public static ThrowawayServer start(List<Admission> admissions, PodBackend pods) {
    try {
      return new ThrowawayServer(Files.createTempDirectory("howdah-apiserver"), admissions, pods);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // Below the ports that the system gives to outgoing connections, so that none of them can take
  // the
  // port while the server restarts.
  private ApiServer startAnywhere() {
    for (var attempt = 1; ; attempt++) {
      try {
        return start(ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT));
      } catch (ApiServer.StartException e) {
        if (attempt == ATTEMPTS || !(e.getCause() instanceof IOException)) {
          throw e;
        }
      }
    }
  }

  private ApiServer start(int port) {
    return ApiServer.start(
        new Settings(folder.resolve("data"), "127.0.0.1", port), admissions, pods);
  }

  /// The server; another one after [#restart].
  public ApiServer server() {
    return server;
  }

  /// A kubeconfig file of an administrator.
  public Path kubeconfig() {
    var file = folder.resolve("kubeconfig");
    try {
      server.writeKubeconfig(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /// Stops the server and starts it again on the same port with the same data.
  public void restart() {
    var port = server.uri().getPort();
    server.close();
    server = start(port);
  }

  @Override
  public void close() {
    server.close();
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
