// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.nio.file.Path;

/// Where things are in the container of an instance, or below `HOWDAH_ROOT` in the embedded mode.
///
/// @param root what stands before each container path; empty on Kubernetes
public record ServerPaths(String root) {
  /// What a Unix socket's path may measure on Linux, without the NUL at its end.
  public static final int SOCKET_PATH_MAX = 107;

  public ServerPaths {
    root = root.endsWith("/") ? root.substring(0, root.length() - 1) : root;
  }

  /// The paths of a real container.
  public static ServerPaths container() {
    return new ServerPaths("");
  }

  public Path pgData() {
    return path("/var/lib/postgresql/data/pgdata");
  }

  /// Where `pg_wal` lives when the instance has a WAL volume.
  public Path walVolume() {
    return path("/var/lib/postgresql/wal");
  }

  public Path tablespace(String name) {
    return path("/var/lib/postgresql/tablespaces/" + name + "/data");
  }

  public Path scratch() {
    return path("/controller");
  }

  public Path socketDirectory() {
    return path("/controller/run");
  }

  public Path logDirectory() {
    return path("/controller/log");
  }

  public Path certificates() {
    return path("/controller/certificates");
  }

  public Path manager() {
    return path("/controller/manager");
  }

  public String certificate(String file) {
    return certificates().resolve(file).toString();
  }

  Path extension(String name) {
    return path("/extensions/" + name);
  }

  /// A container path as this process sees it.
  public Path path(String containerPath) {
    return Path.of(root + containerPath);
  }
}
