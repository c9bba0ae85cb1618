// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import static dev.howdah.instance.sql.LocalSession.identifier;
import static dev.howdah.instance.sql.LocalSession.literal;

import dev.howdah.instance.Arguments;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.sql.LocalSession;
import dev.howdah.instance.sql.SqlFailure;
import dev.howdah.instance.upkeep.Roles;
import dev.howdah.instance.volume.Volume;
import dev.howdah.postgres.command.InitDb;
import dev.howdah.postgres.command.Postmaster;
import dev.howdah.postgres.command.Postmaster.StopMode;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `manager instance init`: makes the data directory of a new cluster, with the application's role
/// and database and the user's SQL.
public final class InitJob {
  private static final Logger LOG = LoggerFactory.getLogger(InitJob.class);
  private static final int PORT = 5432;
  private static final Duration START = Duration.ofMinutes(5);
  private static final Duration CONNECT = Duration.ofSeconds(30);

  /// The user's SQL may take as long as it takes; this only bounds a hang.
  private static final Duration SQL = Duration.ofHours(24);

  private static final Map<String, String> USERS_PATH = Map.of("search_path", "\"$user\", public");

  private final PodEnvironment pod;
  private final Arguments arguments;

  public InitJob(PodEnvironment pod, Arguments arguments) {
    this.pod = pod;
    this.arguments = arguments;
  }

  public int run() throws IOException, InterruptedException {
    Folders.prepare(pod);
    ServerContext context =
        ServerContext.of(pod, line -> LOG.atInfo().addKeyValue("line", line).log("initdb said"));
    try (Volume volume = Volume.open(context.data())) {
      makeRoom(context.data());
      context.data().begin("initdb");
      volume.renew();
      initdb(context);
      fill(context);
      context.programs().syncToDisk(context.data().path());
      context.data().finish();
    }
    LOG.atInfo().addKeyValue("data", context.data().path()).log("data directory made");
    return 0;
  }

  private static void makeRoom(DataDirectory data) throws IOException {
    List<Path> kept = data.setAside(InstantSource.system().instant());
    if (!kept.isEmpty()) {
      LOG.atWarn().addKeyValue("kept", kept).log("an earlier data directory was kept aside");
    }
  }

  private void initdb(ServerContext context) throws InterruptedException {
    List<String> flags = new ArrayList<>(ShellWords.split(arguments.option("initdb-flags", "")));
    flags.add("--no-sync"); // all of it at once, at the end
    String wal = arguments.option("pg-wal", "");
    var options = new InitDb(flags, null, "UTF8", "C", "C", "", "", "", "", "", 0);
    context.programs().initdb(options, context.data().path(), wal.isEmpty() ? null : Path.of(wal));
  }

  private void fill(ServerContext context) throws IOException, InterruptedException {
    Path sockets = context.paths().socketDirectory();
    Postmaster server =
        Postmaster.start(
            context.programs(),
            context.data().path(),
            List.of(
                "-c", "listen_addresses=",
                "-c", "unix_socket_directories=" + sockets,
                "-c", "port=" + PORT,
                "-c", "fsync=off",
                "-c", "logging_collector=off",
                "-c", "archive_mode=off"),
            line -> LOG.atInfo().addKeyValue("line", line).log("postgres said"));
    try {
      if (server.awaitReady(START) != Postmaster.Phase.READY) {
        throw new IOException("PostgreSQL did not start on its new data directory");
      }
      execute(sockets);
    } finally {
      if (!server.stop(StopMode.FAST, START)) {
        server.kill(START);
      }
    }
  }

  private void execute(Path sockets) throws IOException {
    String database = arguments.option("app-db-name", "");
    String owner = arguments.option("app-user", "");
    try (LocalSession session = LocalSession.open(sockets, PORT, "postgres", CONNECT)) {
      Roles.ensureSystemRoles(session);
      if (!owner.isEmpty()) {
        Roles.ensureLogin(session, owner);
      }
    }
    run(sockets, "postgres", "post-init-sql");
    run(sockets, "template1", "post-init-template-sql");
    if (!database.isEmpty() && createDatabase(sockets, database, owner)) {
      run(sockets, database, "post-init-application-sql");
    }
  }

  /// False if it exists already.
  private static boolean createDatabase(Path sockets, String database, String owner)
      throws SqlFailure {
    try (LocalSession session = LocalSession.open(sockets, PORT, "postgres", CONNECT)) {
      String there = "SELECT 1 FROM pg_database WHERE datname = " + literal(database);
      if (!session.query(there, CONNECT).isEmpty()) {
        return false;
      }
      session.query(
          "CREATE DATABASE "
              + identifier(database)
              + (owner.isEmpty() ? "" : " OWNER " + identifier(owner)),
          SQL);
      return true;
    }
  }

  /// The statements given as an option, then the files of the folder, all on one connection.
  private void run(Path sockets, String database, String option) throws IOException {
    List<String> statements = ShellWords.split(arguments.option(option, ""));
    @Nullable String folder = arguments.options().get(option + "-refs-folder");
    if (statements.isEmpty() && folder == null) {
      return;
    }
    try (LocalSession session = LocalSession.open(sockets, PORT, database, USERS_PATH, CONNECT)) {
      for (String statement : statements) {
        runOne(session, statement, option);
      }
      if (folder != null) {
        for (Path file : files(Path.of(folder))) {
          runOne(session, Files.readString(file), file.getFileName().toString());
        }
      }
    }
  }

  private static void runOne(LocalSession session, String sql, String source) throws IOException {
    try {
      session.query(sql, SQL);
    } catch (SqlFailure e) {
      throw new IOException("SQL of " + source + " failed: " + e.getMessage(), e);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries
          .filter(file -> file.getFileName().toString().endsWith(".sql"))
          .sorted()
          .toList();
    }
  }
}
