// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.podruntime.pod.Backoff;
import dev.howdah.podruntime.pod.Images;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;

/// How the process runtime works.
///
/// @param home the runtime's own folder; the user that pods run as must be able to enter it
/// @param apiServer where pods find the API server
/// @param images what stands for container images
/// @param network the first two numbers of the pods' addresses, such as `127.17`
/// @param isolate whether pods get namespaces, as far as the machine allows
/// @param mostNodes how many virtual nodes there may be
/// @param backoff how long containers and jobs wait before they run again
/// @param stop how pods end when the runtime closes
public record Settings(
    Path home,
    URI apiServer,
    Images images,
    String network,
    boolean isolate,
    int mostNodes,
    Backoff backoff,
    Stop stop) {

  private static final int FIRST_NETWORK = 16;
  private static final int NETWORKS = 64;
  private static final int MOST_NODES = 16;

  public Settings {
    home = home.toAbsolutePath().normalize();
  }

  /// @param grace how long pods get
  /// @param last pods that are stopped only when all others have ended
  public record Stop(Duration grace, Predicate<JsonNode> last) {}

  /// The usual settings. Two homes rarely share a range of addresses, and where they do each
  /// address is tried before it is given to a pod.
  public static Settings of(Path home, URI apiServer, Images images, Stop stop) {
    int network = Math.floorMod(home.toAbsolutePath().normalize().toString().hashCode(), NETWORKS);
    return new Settings(
        home,
        apiServer,
        images,
        "127." + (FIRST_NETWORK + network),
        true,
        MOST_NODES,
        Backoff.USUAL,
        stop);
  }
}
