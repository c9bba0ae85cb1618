// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How to start one container.
///
/// @param hosts the file it shall see as `/etc/hosts`
/// @param hostname its host name
/// @param folder its working directory, as it sees it
/// @param command the program, by absolute path or to be found in the environment's `PATH`
/// @param environment all variables it gets
/// @param stdin whether something will write to its standard input
/// @param terminal the terminal it runs on, or null
public record Launch(
    ContainerFiles files,
    Path hosts,
    String hostname,
    Path folder,
    List<String> command,
    Map<String, String> environment,
    boolean stdin,
    @Nullable Path terminal) {
  public Launch {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }

  /// Without the values of the environment, which may be secret.
  @Override
  public String toString() {
    return "Launch[%s, %s]".formatted(files.name(), command.getFirst());
  }
}
