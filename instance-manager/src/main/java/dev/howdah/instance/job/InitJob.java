// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import dev.howdah.instance.Arguments;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.volume.EmptyArchiveMark;
import dev.howdah.instance.volume.Volume;
import dev.howdah.postgres.command.InitDb;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.sql.Databases;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Roles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `manager instance init`: makes the data directory of a new cluster, with the application's role
/// and database and the user's SQL.
public final class InitJob {
  private static final Logger LOG = LoggerFactory.getLogger(InitJob.class);
  private static final Duration START = Duration.ofMinutes(5);

  /// The user's SQL may take as long as it takes; this only bounds a hang.
  private static final Duration SQL = Duration.ofHours(24);

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
      new LoneServer(context, "its new data directory", START, START)
          .run(List.of("fsync=off"), this::fill);
      new EmptyArchiveMark(context.data()).writeForNewSystem();
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

  private void fill(PgServer server) throws IOException {
    String database = arguments.option("app-db-name", "");
    String owner = arguments.option("app-user", "");
    var roles = new Roles(server);
    roles.ensureStreamingReplica();
    roles.ensureMetrics();
    if (!owner.isEmpty()) {
      roles.ensureLogin(owner);
    }
    run(server, "postgres", "post-init-sql");
    run(server, "template1", "post-init-template-sql");
    if (!database.isEmpty() && new Databases(server).ensure(database, owner)) {
      run(server, database, "post-init-application-sql");
    }
  }

  /// The statements given as an option, then the files of the folder, all in one session.
  private void run(PgServer server, String database, String option) throws IOException {
    List<String> scripts = new ArrayList<>(ShellWords.split(arguments.option(option, "")));
    String folder = arguments.option(option + "-refs-folder", "");
    if (!folder.isEmpty()) {
      for (Path file : files(Path.of(folder))) {
        scripts.add(Files.readString(file));
      }
    }
    server.runUserSql(database, scripts, option, SQL, LOG::info);
  }

  /// What is mounted of Secrets and ConfigMaps, without what kubelet has there for itself.
  static List<Path> files(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries
          .filter(file -> file.getFileName().toString().endsWith(".sql"))
          .sorted()
          .toList();
    }
  }
}
