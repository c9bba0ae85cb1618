// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;

class ManualTest {
  private static final Path PAGE = Path.of("../docs/reference/commands.md");
  private static final String INTRODUCTION =
      """
      # Commands

      What `--help` prints, made from the code (`-Dgolden.update -Dtest=ManualTest` writes this page). `kubectl howdah …` is the same where
      `kubectl-howdah` lies in a folder of the `PATH`. `Ctrl-C` ends a command with 130; 70 is a bug of ours. More about those for backups:
      [commands for backups](backup-commands.md).
      """;

  static List<CommandLine> commands() {
    return below(Main.commandLine("howdah")).toList();
  }

  private static Stream<CommandLine> below(CommandLine command) {
    if (command.getCommandSpec().usageMessage().hidden()) {
      return Stream.empty();
    }
    return Stream.concat(
        Stream.of(command), command.getSubcommands().values().stream().flatMap(ManualTest::below));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyOptionAndArgumentIsExplained(CommandLine command) {
    var spec = command.getCommandSpec();
    var unexplained = new ArrayList<String>();
    for (ArgSpec argument : spec.args()) {
      if (!argument.hidden() && argument.description().length == 0) {
        unexplained.add(argument.paramLabel());
      }
    }

    assertThat(unexplained).as(spec.qualifiedName()).isEmpty();
    assertThat(spec.usageMessage().description()).as(spec.qualifiedName()).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyExampleIsAcceptedByTheCommandThatItStandsUnder(CommandLine command) {
    var spec = command.getCommandSpec();
    if (!command.getSubcommands().isEmpty()) {
      return;
    }
    var lines = spec.usageMessage().footer();
    assertThat(lines).as(spec.qualifiedName()).isNotEmpty();
    for (String line : lines) {
      var words = words(line.substring(line.indexOf("howdah ") + "howdah ".length()));

      var parsed = Main.commandLine("howdah").parseArgs(words);

      var last = parsed;
      while (last.hasSubcommand()) {
        last = last.subcommand();
      }
      assertThat(last.commandSpec().qualifiedName()).as(line).isEqualTo(spec.qualifiedName());
    }
  }

  /// As a shell splits them; a comment ends the line.
  private static String[] words(String line) {
    var words = new ArrayList<String>();
    for (String word : line.split(" +(?=(?:[^']*'[^']*')*[^']*$)")) {
      if (word.startsWith("#")) {
        break;
      }
      words.add(word.replace("'", ""));
    }
    return words.toArray(String[]::new);
  }

  @Test
  void aPluginOfKubectlIsHelpedInItsOwnWords() {
    var usage =
        Main.commandLine("kubectl howdah").getSubcommands().get("promote").getUsageMessage();

    assertThat(usage)
        .contains("Usage: kubectl howdah promote")
        .contains("  kubectl howdah promote app 2");
  }

  @Test
  void theReferencePageSaysWhatTheCommandsPrint() throws IOException {
    var page = new StringBuilder(INTRODUCTION);
    for (CommandLine command : commands()) {
      page.append("\n## ").append(command.getCommandSpec().qualifiedName()).append("\n\n```\n");
      command
          .getUsageMessage(Ansi.OFF)
          .lines()
          .forEach(line -> page.append(line.stripTrailing()).append('\n'));
      page.append("```\n");
    }
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PAGE, page);
    }

    assertThat(PAGE)
        .as("mvn -pl cli -am test -Dtest=ManualTest -Dgolden.update writes it anew")
        .content()
        .isEqualTo(page.toString());
  }
}
