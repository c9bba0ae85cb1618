// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.instance.guard.Guard;
import dev.howdah.postgres.command.Installation;
import dev.howdah.postgres.command.Launch;
import dev.howdah.postgres.command.PostgresPrograms;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.util.Map;

/// Servers of an instance as the tests need them.
final class Contexts {
  private Contexts() {}

  static ServerContext of(Path root, Path data, Installation installation) {
    var pod =
        PodEnvironment.of(
            Map.of(
                "POD_NAME", "main-1",
                "NAMESPACE", "default",
                "CLUSTER_NAME", "main",
                "HOWDAH_ROOT", root.toString()));
    return new ServerContext(
        pod,
        new DataDirectory(data),
        new PostgresPrograms(installation, Launch.plain(), _ -> {}),
        "postgres");
  }

  /// A server that can't be started: it has no programs, and its guard never answers.
  static ServerProcess idle(Path folder) throws IOException {
    var context = of(folder, folder, new Installation(folder.resolve("no-programs"), 15, "15.8"));
    // it says nothing; the standard input belongs to whoever runs the tests
    var answers = new PipedInputStream(new PipedOutputStream());
    var guard =
        new Guard(answers, OutputStream.nullOutputStream(), new BootClock(), 0, _ -> {}, _ -> {});
    return new ServerProcess(context, guard, (_, _) -> {});
  }
}
