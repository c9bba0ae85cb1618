// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import picocli.CommandLine.Command;

@Command(
    name = "backup",
    description = "Take backups and look after them: create, list, show, verify, delete.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      BackupCreateCommand.class,
      BackupListCommand.class,
      BackupShowCommand.class,
      BackupVerifyCommand.class,
      BackupDeleteCommand.class
    })
final class BackupCommand {}
