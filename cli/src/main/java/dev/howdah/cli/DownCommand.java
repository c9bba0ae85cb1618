// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    footer = {"howdah down", "howdah down --delete-data"})
final class DownCommand implements Callable<Integer> {
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  @Spec private CommandSpec spec;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "The state folder (default: $HOWDAH_HOME, else ~/.howdah).")
  private @Nullable Path home;

  @Option(names = "--delete-data", description = "Also delete the databases and all other state.")
  private boolean deleteData;

  @Override
  public Integer call() throws IOException, InterruptedException {
    var out = spec.commandLine().getOut();
    var place = Home.resolve(home, System.getenv());
    if (!Files.exists(place.path())) {
      out.println("Nothing to stop: there is no " + place.path());
      return 0;
    }
    var real = new Home(place.path().toRealPath());
    if (!real.isOurs()) {
      throw new ProblemException(
          new Problem(
              "NOT_A_HOME",
              real.path() + " is no state folder of howdah up",
              "Nothing was stopped or deleted. Name the folder that howdah up was given: howdah"
                  + " down --home DIR"));
    }
    var running = Running.find(real);
    if (running.isPresent()) {
      out.println("stopping (process " + running.get().pid() + ")");
      out.flush();
      running.get().stop(DEADLINE);
    }
    int left = Leftovers.of(real).size();
    if (left > 0) {
      out.println(
          "stopping what a killed howdah up has left running (%d processes)".formatted(left));
      out.flush();
      Leftovers.end(real);
    }
    out.println(running.isPresent() || left > 0 ? "stopped" : "nothing was running");
    if (deleteData) {
      DurableFiles.deleteTree(real.path());
      if (Files.isSymbolicLink(place.path())) {
        Files.delete(place.path());
      }
      out.println("deleted " + real.path());
    } else {
      out.println("the data stays in " + real.path() + "; howdah up goes on with it");
    }
    return 0;
  }
}
