// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import picocli.CommandLine.Command;

@Command(
    name = "backup",
    description = "Look after backups: list, show, verify and delete them.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      BackupListCommand.class,
      BackupShowCommand.class,
      BackupVerifyCommand.class,
      BackupDeleteCommand.class
    })
final class BackupCommand {}
