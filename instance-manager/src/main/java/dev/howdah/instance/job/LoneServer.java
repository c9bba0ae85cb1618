// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import dev.howdah.instance.server.ServerContext;
import dev.howdah.postgres.command.Postmaster;
import dev.howdah.postgres.command.Postmaster.StopMode;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.ServerAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server that runs for as long as a job fills the data directory that it has made; nobody else
/// can reach it, and nothing of it is archived.
///
/// @param data what it runs on, for the message when it doesn't
/// @param start how long it may take to be ready
/// @param stop how long it may take to end
record LoneServer(ServerContext context, String data, Duration start, Duration stop) {
  private static final Logger LOG = LoggerFactory.getLogger(LoneServer.class);
  private static final int PORT = 5432;

  /// What a job does with it.
  interface Work {
    void on(PgServer server) throws IOException;
  }

  /// Starts it, has the work done, and stops it in any case.
  ///
  /// @param more settings beside those that every such server has
  void run(List<String> more, Work work) throws IOException, InterruptedException {
    Path sockets = context.paths().socketDirectory();
    List<String> options = new ArrayList<>();
    List<String> settings = new ArrayList<>(more);
    settings.add("listen_addresses=");
    settings.add("unix_socket_directories=" + sockets);
    settings.add("port=" + PORT);
    settings.add("logging_collector=off");
    settings.add("archive_mode=off");
    settings.forEach(setting -> options.addAll(List.of("-c", setting)));
    Postmaster server =
        Postmaster.start(
            context.programs(),
            context.data().path(),
            options,
            line -> LOG.atInfo().addKeyValue("line", line).log("postgres said"));
    try {
      if (server.awaitReady(start) != Postmaster.Phase.READY) {
        throw new IOException("PostgreSQL did not start on %s; its log says why".formatted(data));
      }
      try (PgServer sql = PgServer.local(new ServerAddress.Local(sockets, PORT))) {
        work.on(sql);
      }
    } finally {
      if (!server.stop(StopMode.FAST, stop)) {
        server.kill(stop);
      }
    }
  }
}
