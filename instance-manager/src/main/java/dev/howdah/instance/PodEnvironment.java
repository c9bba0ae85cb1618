// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import dev.howdah.postgres.config.ServerPaths;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the pod's environment says.
///
/// @param root what stands before container paths in the embedded mode; empty on Kubernetes
/// @param listenAddress the pod's own address in the embedded mode; empty on Kubernetes: listen on
///   all
/// @param pgData the data directory
/// @param all the whole environment, for child processes
public record PodEnvironment(
    String pod,
    String namespace,
    String cluster,
    String root,
    String listenAddress,
    Path pgData,
    Map<String, String> all) {
  public PodEnvironment {
    all = Map.copyOf(all);
  }

  /// @throws IllegalArgumentException naming every variable that is missing
  public static PodEnvironment of(Map<String, String> environment) {
    List<String> missing = new ArrayList<>();
    for (String name : List.of("POD_NAME", "NAMESPACE", "CLUSTER_NAME")) {
      if (environment.getOrDefault(name, "").isEmpty()) {
        missing.add(name);
      }
    }
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          "not in a pod of a Cluster: the environment lacks " + String.join(", ", missing));
    }
    String root = environment.getOrDefault("HOWDAH_ROOT", "");
    var paths = new ServerPaths(root);
    String data = environment.getOrDefault("PGDATA", "");
    return new PodEnvironment(
        environment.getOrDefault("POD_NAME", ""),
        environment.getOrDefault("NAMESPACE", ""),
        environment.getOrDefault("CLUSTER_NAME", ""),
        root,
        environment.getOrDefault("HOWDAH_POD_IP", ""),
        data.isEmpty() ? paths.pgData() : Path.of(data),
        environment);
  }

  public ServerPaths paths() {
    return new ServerPaths(root);
  }

  /// The volume that holds the data directory.
  public Path volume() {
    Path parent = pgData.toAbsolutePath().getParent();
    return parent == null ? pgData : parent;
  }

  /// The address that servers of this pod listen on.
  public String bindAddress() {
    return listenAddress.isEmpty() ? "0.0.0.0" : listenAddress;
  }
}
