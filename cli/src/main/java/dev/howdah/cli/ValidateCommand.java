// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.api.validate.ValidateFiles;
import dev.howdah.api.validate.Validator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "validate",
    description = "Check manifests without a cluster; exits with 1 if one would be refused.",
    mixinStandardHelpOptions = true)
final class ValidateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files, folders, or - for the standard input; other kinds are passed over.")
  private List<String> files = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "text|json",
      defaultValue = "text")
  private StatusCommand.Output output;

  @Option(names = "--strict", description = "Let warnings fail as well.")
  private boolean strict;

  @Override
  public Integer call() {
    return ValidateFiles.run(
        files,
        new Validator(),
        System.in,
        output == StatusCommand.Output.JSON,
        strict,
        spec.commandLine().getOut());
  }
}
