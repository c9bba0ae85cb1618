// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "down",
    description =
        "Stop what howdah up runs on this machine. The data stays, unless told otherwise.",
    mixinStandardHelpOptions = true)
final class DownCommand implements Callable<Integer> {
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  @Spec private CommandSpec spec;

  @Option(names = "--home", paramLabel = "DIR", description = "State folder (default: ~/.howdah).")
  private @Nullable Path home;

  @Option(names = "--delete-data", description = "Also delete the databases and all other state.")
  private boolean deleteData;

  @Override
  public Integer call() throws IOException {
    var out = spec.commandLine().getOut();
    var place = Home.resolve(home, System.getenv(), Path.of(System.getProperty("user.home")));
    if (!Files.exists(place.path())) {
      out.println("Nothing to stop: there is no " + place.path());
      return 0;
    }
    var real = new Home(place.path().toRealPath());
    var running = Running.find(real);
    if (running.isPresent()) {
      out.println("stopping (process " + running.get().pid() + ")");
      out.flush();
      Running.stop(running.get(), DEADLINE);
    }
    Platform.endLeftovers(real);
    out.println(running.isPresent() ? "stopped" : "nothing was running");
    if (deleteData) {
      delete(real.path());
      if (Files.isSymbolicLink(place.path())) {
        Files.delete(place.path());
      }
      out.println("deleted " + real.path());
    } else {
      out.println("the data stays in " + real.path() + "; howdah up goes on with it");
    }
    return 0;
  }

  static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
