// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;

/// What every command's help text ends with: exit codes, and examples that can be copied.
///
/// A command's footer holds its examples, one a line, beginning with `howdah`.
final class Manual {
  private static final String ROOT = "howdah";

  private Manual() {}

  /// Completes the help texts of a command and of all below it.
  ///
  /// @param typed what the user types for `howdah`: another word where this is a plugin
  static CommandLine complete(CommandLine command, String typed) {
    var usage = command.getCommandSpec().usageMessage();
    var examples = usage.footer();
    if (command.getSubcommands().isEmpty()) {
      usage.exitCodeListHeading("%nExit codes:%n");
      if (usage.exitCodeList().isEmpty()) {
        usage.exitCodeList(usual());
      }
    } else if (examples.length == 0) {
      usage.footer("%nEach has a --help of its own.");
    }
    if (examples.length > 0) {
      usage.footerHeading(examples.length == 1 ? "%nExample:%n" : "%nExamples:%n");
      usage.footer(
          Arrays.stream(examples)
              .map(line -> "  " + line.replaceFirst("\\b" + ROOT + " ", typed + " "))
              .toArray(String[]::new));
    }
    command.getSubcommands().values().forEach(each -> complete(each, typed));
    return command;
  }

  private static Map<String, String> usual() {
    var codes = new LinkedHashMap<String, String>();
    codes.put("0", "Done.");
    codes.put("1", "Refused, or failed; the message says why, and what to do.");
    codes.put("2", "The command line is wrong.");
    return codes;
  }
}
