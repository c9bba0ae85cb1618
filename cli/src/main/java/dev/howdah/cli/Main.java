// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.KubeException;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The `howdah` command.
@Command(
    name = "howdah",
    description = "PostgreSQL from one manifest: on this machine (howdah up) or on Kubernetes.",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      UpCommand.class,
      DownCommand.class,
      StatusCommand.class,
      PsqlCommand.class,
      PromoteCommand.class,
      FencingCommand.class,
      ValidateCommand.class,
      PlanCommand.class,
      BackupCommand.class,
      WalCommand.class,
      DrillCommand.class,
      RestoreCommand.class,
      VersionCommand.class,
      TrainCommand.class
    })
public final class Main {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version.")
  private boolean version;

  private Main() {}

  public static void main(String[] args) {
    LogFile.none();
    var typed = Objects.requireNonNullElse(System.getenv("HOWDAH_TYPED"), "howdah");
    System.exit(commandLine(typed).execute(args));
  }

  /// @param typed what the user types for `howdah`: two words where this is a plugin of kubectl
  static CommandLine commandLine(String typed) {
    var command =
        new CommandLine(new Main())
            .setCommandName(typed)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(Main::report);
    return Manual.complete(command, typed);
  }

  /// Prints what a person can act on; a stack trace only for what is a bug of ours, and on request.
  private static int report(
      Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    var err = command.getErr();
    if (failure instanceof ProblemException known) {
      err.println("howdah: " + known.problem().text().replace("\n", "\n        "));
      return 1;
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof KubeException answer) {
        err.println("howdah: " + said(answer).text().replace("\n", "\n        "));
        return 1;
      }
    }
    err.println("howdah: unexpected failure: " + failure);
    if (System.getProperty("howdah.debug") != null) {
      failure.printStackTrace(err);
    } else {
      err.println(
          "        This is a bug. HOWDAH_JAVA_OPTS=-Dhowdah.debug shows where it happened.");
    }
    return 70;
  }

  /// What the API server said, or that it said nothing.
  private static Problem said(KubeException answer) {
    return answer.code() == 0
        ? new Problem(
            "API_SERVER_UNREACHABLE",
            "the API server doesn't answer: " + answer.getMessage(),
            "Try again once it does; howdah up starts that of the embedded mode (the data is kept).")
        : new Problem(
            "API_SERVER",
            "the API server refused: " + answer.getMessage(),
            "Correct what it names and try again.");
  }
}
