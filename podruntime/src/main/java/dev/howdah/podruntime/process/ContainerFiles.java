// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.nio.file.Path;

/// The files of one run of a container: `<folder>/<attempt>.log` and its neighbours.
///
/// @param folder the container's folder, which also holds its root
/// @param attempt 0 for the first run, then the number of restarts
public record ContainerFiles(Path folder, int attempt) {
  /// What it wrote to standard output and standard error.
  public Path log() {
    return file("log");
  }

  /// The waiting shell as it saw itself in `/proc/self/stat`.
  Path shell() {
    return file("shim");
  }

  /// The main process's id.
  Path pid() {
    return file("pid");
  }

  /// The exit status, written by the waiting shell.
  Path exit() {
    return file("exit");
  }

  /// When it started and how it ended, as the runtime saw it.
  public Path history() {
    return file("json");
  }

  /// Where the container finds its absolute paths, outside of a mount namespace.
  public Path root() {
    return folder.resolve("root");
  }

  /// What the launch script appends its suffixes to.
  Path prefix() {
    return folder.resolve(Integer.toString(attempt));
  }

  /// For logs.
  public String name() {
    return folder.getFileName() + "/" + attempt;
  }

  private Path file(String suffix) {
    return folder.resolve(attempt + "." + suffix);
  }
}
