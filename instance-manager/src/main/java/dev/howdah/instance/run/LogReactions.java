// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import dev.howdah.instance.log.PostgresLog;
import dev.howdah.instance.server.Rejoin;
import dev.howdah.instance.server.Server;
import java.util.function.Consumer;

/// What is known only from PostgreSQL's log.
record LogReactions(Rejoin rejoin, Server server) implements Consumer<PostgresLog.Message> {
  @Override
  public void accept(PostgresLog.Message message) {
    String text = message.text();
    if (message.backendType().equals("walreceiver") && text.contains("has already been removed")) {
      rejoin.walRemoved();
    }
    if (message.severity().equals("PANIC") && text.contains("Input/output error")) {
      server.storageFailed();
    }
  }
}
