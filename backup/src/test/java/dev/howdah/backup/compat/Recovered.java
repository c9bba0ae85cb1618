// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.compat;

import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ServerUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/// A server that recovers a restored data directory to the end of its archive and is then open.
final class Recovered implements AutoCloseable {
  private final PostgresBinaries binaries;
  private final Path data;
  private final Path sockets;

  Recovered(Path data, String restoreCommand, Map<String, String> environment) throws Exception {
    this(PostgresBinaries.newest(), data, restoreCommand, environment);
  }

  Recovered(
      PostgresBinaries binaries, Path data, String restoreCommand, Map<String, String> environment)
      throws Exception {
    this.binaries = binaries;
    this.data = data;
    this.sockets = ServerUser.temporaryDirectory("r");
    Files.writeString(
        data.resolve("postgresql.auto.conf"),
        "restore_command = '%s'\nrecovery_target_action = 'promote'\narchive_mode = off\n"
            .formatted(restoreCommand.replace("'", "''")));
    Files.createFile(data.resolve("recovery.signal"));
    ServerUser.own(data);
    try (var links = Files.list(data.resolve("pg_tblspc"))) {
      for (var link : links.toList()) {
        ServerUser.own(Files.readSymbolicLink(link));
      }
    }
    var command = new java.util.ArrayList<>(List.of("env"));
    environment.forEach((name, value) -> command.add(name + "=" + value));
    command.addAll(
        List.of(
            binaries.program("pg_ctl").toString(),
            "-D",
            data.toString(),
            "-w",
            "-t",
            "180",
            "-l",
            sockets.resolve("log").toString(),
            "-o",
            "-c listen_addresses= -c unix_socket_directories=" + sockets + " -c fsync=off",
            "start"));
    try {
      ServerUser.runAsServer(command);
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          e.getMessage() + "\n" + Files.readString(sockets.resolve("log")), e);
    }
    // open for reading it was as soon as it was consistent
    Awaitility.await()
        .atMost(Duration.ofMinutes(3))
        .until(() -> query("SELECT pg_is_in_recovery()").equals("f"));
  }

  String query(String sql) {
    return ServerUser.runAsServer(
            List.of(
                binaries.program("psql").toString(),
                "-XqtA",
                "-h",
                sockets.toString(),
                "-U",
                "postgres",
                "-d",
                "postgres",
                "-c",
                sql))
        .stripTrailing();
  }

  String log() throws Exception {
    return Files.readString(sockets.resolve("log"));
  }

  @Override
  public void close() {
    try {
      ServerUser.runAsServer(
          List.of(
              binaries.program("pg_ctl").toString(),
              "-D",
              data.toString(),
              "-m",
              "immediate",
              "-w",
              "stop"));
    } finally {
      ServerUser.delete(sockets);
    }
  }
}
