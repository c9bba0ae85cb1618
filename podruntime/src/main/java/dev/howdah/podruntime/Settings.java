// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// How the process runtime works.
///
/// @param home the runtime's own folder; the user that pods run as must be able to enter it
/// @param runAs whom pods run as when the runtime is root; null: the caller of sudo, else postgres
/// @param isolate whether pods get namespaces, as far as the machine allows
/// @param programs programs that exist only in images: container path to path on this machine
/// @param postgres the folder of programs of a PostgreSQL major version (0: any), when installed
/// @param apiServer where pods find the API server
/// @param environment variables that every container gets
/// @param network the first two numbers of the pods' addresses, such as `127.17`
/// @param domain the cluster's domain, for the long names of Services
/// @param mostNodes how many virtual nodes there may be
/// @param firstBackoff how long a container waits before its second restart; it doubles from there
/// @param longestBackoff how long it waits at most
/// @param logBytes how much is kept of each container's log
/// @param stopGrace how long pods get when the runtime closes
/// @param stopLast pods that are stopped only when all others have ended
public record Settings(
    Path home,
    @Nullable String runAs,
    boolean isolate,
    Map<String, Path> programs,
    IntFunction<Optional<Path>> postgres,
    URI apiServer,
    Map<String, String> environment,
    String network,
    String domain,
    int mostNodes,
    Duration firstBackoff,
    Duration longestBackoff,
    long logBytes,
    Duration stopGrace,
    Predicate<JsonNode> stopLast) {

  private static final int FIRST_NETWORK = 16;
  private static final int NETWORKS = 64;

  public Settings {
    home = home.toAbsolutePath().normalize();
    programs = Map.copyOf(programs);
    environment = Map.copyOf(environment);
  }

  /// The usual settings. Two homes rarely share a range of addresses, and where they do each
  /// address is tried before it is given to a pod.
  ///
  /// Restarts wait 1, 2, 4 … seconds, at most 5 minutes; Kubernetes begins with 10.
  public static Settings of(Path home, URI apiServer) {
    int network = Math.floorMod(home.toAbsolutePath().normalize().toString().hashCode(), NETWORKS);
    return new Settings(
        home,
        null,
        true,
        Map.of(),
        _ -> Optional.empty(),
        apiServer,
        Map.of(),
        "127." + (FIRST_NETWORK + network),
        "cluster.local",
        16,
        Duration.ofSeconds(1),
        Duration.ofMinutes(5),
        10L * 1024 * 1024,
        Duration.ofSeconds(30),
        _ -> false);
  }

  /// The same with what stands for images.
  public Settings images(Map<String, Path> newPrograms, IntFunction<Optional<Path>> newPostgres) {
    return new Settings(
        home,
        runAs,
        isolate,
        newPrograms,
        newPostgres,
        apiServer,
        environment,
        network,
        domain,
        mostNodes,
        firstBackoff,
        longestBackoff,
        logBytes,
        stopGrace,
        stopLast);
  }

  /// The same with variables for every container.
  public Settings environment(Map<String, String> variables) {
    return new Settings(
        home,
        runAs,
        isolate,
        programs,
        postgres,
        apiServer,
        variables,
        network,
        domain,
        mostNodes,
        firstBackoff,
        longestBackoff,
        logBytes,
        stopGrace,
        stopLast);
  }

  /// The same with another user for pods.
  public Settings runAs(@Nullable String user) {
    return new Settings(
        home,
        user,
        isolate,
        programs,
        postgres,
        apiServer,
        environment,
        network,
        domain,
        mostNodes,
        firstBackoff,
        longestBackoff,
        logBytes,
        stopGrace,
        stopLast);
  }

  /// The same with or without namespaces.
  public Settings isolate(boolean wanted) {
    return new Settings(
        home,
        runAs,
        wanted,
        programs,
        postgres,
        apiServer,
        environment,
        network,
        domain,
        mostNodes,
        firstBackoff,
        longestBackoff,
        logBytes,
        stopGrace,
        stopLast);
  }

  /// The same with another way to stop.
  public Settings stopping(Duration grace, Predicate<JsonNode> last) {
    return new Settings(
        home,
        runAs,
        isolate,
        programs,
        postgres,
        apiServer,
        environment,
        network,
        domain,
        mostNodes,
        firstBackoff,
        longestBackoff,
        logBytes,
        grace,
        last);
  }

  /// The same with another delay of restarts.
  public Settings backoff(Duration first, Duration longest) {
    return new Settings(
        home,
        runAs,
        isolate,
        programs,
        postgres,
        apiServer,
        environment,
        network,
        domain,
        mostNodes,
        first,
        longest,
        logBytes,
        stopGrace,
        stopLast);
  }

  /// Without the values of variables.
  @Override
  public String toString() {
    return "Settings[home=%s, network=%s]".formatted(home, network);
  }
}
