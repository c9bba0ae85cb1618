// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.api.validate.ValidateFiles;
import dev.howdah.api.validate.Validator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "validate",
    description = {
      "Check manifests without a cluster.",
      "As the server does: the fields, their types and values, and the rules between them."
    },
    exitCodeList = {
      "0:The server would take all of them.",
      "1:One would be refused, or can't be read; with --strict also where there is a warning.",
      "2:The command line is wrong."
    },
    footer = {
      "howdah validate app.yaml",
      "helm template charts/cluster | howdah validate --strict -"
    })
final class ValidateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files, folders, or - for the standard input; other kinds are passed over.")
  private List<String> files = List.of();

  @Mixin private OutputOption output;

  @Option(names = "--strict", description = "Let warnings fail as well.")
  private boolean strict;

  @Override
  public Integer call() {
    return ValidateFiles.run(
        files, new Validator(), System.in, output.isJson(), strict, spec.commandLine().getOut());
  }
}
