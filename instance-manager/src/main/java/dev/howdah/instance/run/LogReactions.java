// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import dev.howdah.instance.archive.Archiving;
import dev.howdah.instance.log.PostgresLog;
import dev.howdah.instance.server.Rejoin;
import dev.howdah.instance.server.Server;
import java.util.function.Consumer;

/// What is known only from PostgreSQL's log.
record LogReactions(Rejoin rejoin, Server server, Archiving archiving)
    implements Consumer<PostgresLog.Message> {
  @Override
  public void accept(PostgresLog.Message message) {
    String text = message.text();
    if (message.backendType().equals("walreceiver") && text.contains("has already been removed")) {
      rejoin.walRemoved();
    }
    if (saysDiverged(message)) {
      archiving.diverged(text);
    }
    if (message.severity().equals("PANIC") && text.contains("Input/output error")) {
      server.storageFailed();
    }
  }

  /// Whether the upstream went on from an earlier point than this server is at. A timeline that "is
  /// not a child" may be a number that a promotion only passed over.
  static boolean saysDiverged(PostgresLog.Message message) {
    String text = message.text();
    return text.matches("(?s)new timeline \\d+ forked off .*")
        || (message.backendType().equals("walreceiver")
            && text.contains("is not in this server's history"));
  }
}
