// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.core.wal.Lsn;
import dev.howdah.instance.Arguments;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.archive.RestoreCommand;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.archive.Stores;
import dev.howdah.instance.archive.WalPort;
import dev.howdah.instance.cluster.ClusterFields;
import dev.howdah.instance.server.ParameterJudge;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.kube.Json;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.command.Postmaster;
import dev.howdah.postgres.command.Postmaster.StopMode;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.ConfigurationFiles;
import dev.howdah.postgres.config.JobConfiguration;
import dev.howdah.postgres.config.RecoveryTarget;
import dev.howdah.postgres.config.RecoveryTarget.Point;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.config.ServerFacts;
import dev.howdah.postgres.config.ServerRole;
import dev.howdah.postgres.data.DurableFiles;
import dev.howdah.postgres.sql.Databases;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Roles;
import dev.howdah.postgres.wire.ServerAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs PostgreSQL on a restored base backup until it has reached the target and become a primary;
/// in a Cluster that follows another one, until it has all that the archive has, as a standby.
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private static final int PORT = 5432;

  /// On a temporary Cluster that a database is read from by another one.
  private static final String SERVES_DUMP = "howdah.dev/servesDump";

  /// Recovery takes as long as it takes; this only bounds a hang.
  private static final Duration RECOVERY = Duration.ofDays(14);

  /// A store that is away for a few minutes must not fail a recovery of hours.
  private static final Duration STORE_AWAY = Duration.ofMinutes(30);

  private static final Duration STOP = Duration.ofMinutes(5);
  private static final Duration POLL = Duration.ofMillis(100);

  private final PodEnvironment pod;
  private final ServerContext context;
  private final JsonNode cluster;
  private final Stores stores;
  private final @Nullable StoreSpec source;
  private final Arguments arguments;
  private final @Nullable Following following;
  private volatile String trouble = "";

  /// @param source of WAL; null: what the data directory holds
  Recovery(
      PodEnvironment pod,
      ServerContext context,
      JsonNode cluster,
      Stores stores,
      @Nullable StoreSpec source,
      Arguments arguments) {
    this(pod, context, cluster, stores, source, arguments, null);
  }

  /// @param least where the data is consistent, if PostgreSQL doesn't know it by itself
  Recovery(
      PodEnvironment pod,
      ServerContext context,
      JsonNode cluster,
      Stores stores,
      @Nullable StoreSpec source,
      Arguments arguments,
      @Nullable Lsn least) {
    this.following = ClusterFields.isReplica(cluster) ? new Following(least) : null;
    this.pod = pod;
    this.context = context;
    this.cluster = cluster;
    this.stores = stores;
    this.source = source;
    this.arguments = arguments;
  }

  /// Recovers.
  ///
  /// @return what came back
  Recovered run(BackupInfo backup, RecoveryTarget target) throws IOException, InterruptedException {
    return run(backup.id(), backup.segmentSizeBytes(), target);
  }

  /// @param backupId where the data comes from, for the report
  /// @param segment bytes of a WAL segment
  Recovered run(String backupId, long segment, RecoveryTarget target)
      throws IOException, InterruptedException {
    List<String> quiet = configure(target);
    try (var restorer = new RestoreCommand(context.data(), source(segment));
        var _ =
            WalPort.start(
                pod.listenAddress(), pod.paths().scratch(), words -> answer(restorer, words))) {
      Postmaster server = start(quiet);
      try {
        awaitTarget(server, target);
        LOG.atInfo().addKeyValue("segments", restorer.restored()).log("recovery target reached");
        if (following == null) {
          database();
        }
        return new Recovered(backupId, restorer.restored(), newestCommit());
      } finally {
        if (!server.stop(StopMode.FAST, STOP)) {
          server.kill(STOP);
        }
      }
    }
  }

  /// @return options for the command line
  private List<String> configure(RecoveryTarget target) throws IOException, InterruptedException {
    if (following != null && !target.equals(RecoveryTarget.latest())) {
      throw new IllegalArgumentException(
          "spec.bootstrap.recovery.recoveryTarget and spec.replica exclude each other: a cluster"
              + " that follows another one goes on to the present; remove one of the two");
    }
    ControlData control = context.programs().controlData(context.data().path());
    Set<String> libraries = context.programs().installation().libraries();
    ServerFacts facts =
        ServerFacts.of(pod.pod(), ServerRole.STANDBY, context.paths(), "", context.osUser())
            .withMinimums(control.hotStandby())
            .withLibraries(libraries.isEmpty() ? null : libraries);
    var settings = ClusterSettings.fromJson(cluster);
    var files = new ConfigurationFiles(context.data().path());
    ServerConfiguration configuration =
        JobConfiguration.recovery(
            settings,
            context.major(),
            facts.withRefused(new ParameterJudge(context).refused(settings, facts)),
            target);
    files.write(configuration);
    files.allowAlterSystem(true);
    if (following == null) {
      context.data().unmarkStandby();
      DurableFiles.write(context.data().path().resolve("recovery.signal"), "");
    } else {
      context.data().markStandby();
    }
    context.data().restrictAccess();
    return JobConfiguration.commandLine(configuration);
  }

  private Postmaster start(List<String> quiet) {
    var options = new ArrayList<>(quiet);
    options.addAll(
        List.of(
            "-c", "listen_addresses=",
            "-c", "unix_socket_directories=" + context.paths().socketDirectory(),
            "-c", "port=" + PORT,
            "-c", "logging_collector=off",
            "-c", "log_destination=stderr"));
    return Postmaster.start(
        context.programs(),
        context.data().path(),
        options,
        line -> {
          if (line.contains("FATAL:")) {
            told(line.substring(line.indexOf("FATAL:") + 6).strip());
          }
          LOG.atInfo().addKeyValue("line", line).log("postgres said");
        });
  }

  /// The first failure counts: the others follow from it.
  private void told(String fatal) {
    if (trouble.isEmpty()) {
      trouble = fatal;
    }
  }

  private String answer(RestoreCommand restorer, String... words) throws InterruptedException {
    if (!words[0].equals("restore") || words.length < 3) {
      return "failed nothing is archived during a recovery";
    }
    RestoreCommand.Answer answer = restorer.restore(words[1], words[2]);
    if (answer instanceof RestoreCommand.Answer.Abort(var why)) {
      trouble = why;
    }
    if (following != null && answer instanceof RestoreCommand.Answer.Absent) {
      following.absent(words[1]);
    }
    return answer.line();
  }

  /// When the newest transaction that came back was committed; empty if none was replayed.
  private String newestCommit() {
    try (PgServer sql = sql()) {
      return sql.query(
              "SELECT coalesce(to_char(pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC',"
                  + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), '') AS at")
          .single()
          .text("at");
    }
  }

  private RestoreCommand.Source source(long segment) {
    return new RestoreCommand.Source() {
      @Override
      public boolean allows(WalFile file) {
        return true;
      }

      @Override
      public Optional<Stores.Opened> store() {
        return Optional.ofNullable(source).map(stores::open);
      }

      @Override
      public long segmentBytes() {
        return segment;
      }

      @Override
      public Duration patience() {
        return STORE_AWAY;
      }

      @Override
      public boolean endsWithoutFile() {
        return true;
      }
    };
  }

  private void awaitTarget(Postmaster server, RecoveryTarget target)
      throws IOException, InterruptedException {
    if (server.awaitReady(RECOVERY) != Postmaster.Phase.READY) {
      throw failed(target);
    }
    long end = System.nanoTime() + RECOVERY.toNanos();
    try (PgServer sql = sql()) {
      if (following != null) {
        following.await(server, sql, RECOVERY);
        return;
      }
      while (System.nanoTime() < end) {
        if (!server.isAlive()) {
          throw failed(target);
        }
        try {
          if (!sql.query("SELECT pg_is_in_recovery() AS recovering").single().flag("recovering")) {
            return;
          }
        } catch (PostgresException e) {
          LOG.atDebug().addKeyValue("error", e.getMessage()).log("server not observable");
        }
        Thread.sleep(POLL);
      }
    }
    throw new IOException("recovery did not end in " + RECOVERY.toDays() + " days");
  }

  private IOException failed(RecoveryTarget target) {
    String why = trouble;
    if (why.contains("recovery ended before configured recovery target was reached")) {
      String earlier =
          switch (target.point()) {
            case Point.Transaction _, Point.Name _ ->
                "; or, if it lies before the base backup that was chosen, name an earlier one in"
                    + " recoveryTarget.backupID";
            case Point.End _, Point.Immediate _, Point.Time _, Point.Position _ -> "";
          };
      return new IOException(
          "the archive ends before the recovery target (%s); choose an earlier one, or wait until the WAL up to it is archived%s"
              .formatted(target.point(), earlier));
    }
    return new IOException("recovery failed: " + (why.isEmpty() ? "PostgreSQL ended" : why));
  }

  private PgServer sql() {
    return PgServer.local(new ServerAddress.Local(context.paths().socketDirectory(), PORT));
  }

  /// The application's database and owner, where the Cluster names them and the data lacks them.
  private void database() {
    String database = arguments.option("app-db-name", "");
    String owner = arguments.option("app-user", "");
    try (PgServer sql = sql()) {
      var roles = new Roles(sql);
      roles.ensureStreamingReplica();
      roles.ensureMetrics();
      if (!Json.annotation(cluster, SERVES_DUMP).isEmpty()) {
        // a throw-away server, whose only client reads everything
        sql.query("GRANT pg_read_all_data TO streaming_replica");
        sql.query("ALTER ROLE streaming_replica BYPASSRLS");
        sql.query("ALTER ROLE streaming_replica SET lo_compat_privileges = on");
        sql.query(
                "SELECT format('GRANT CONNECT ON DATABASE %I TO streaming_replica', datname)"
                    + " FROM pg_database WHERE datallowconn"
                    + " AND NOT has_database_privilege('streaming_replica', oid, 'CONNECT')")
            .column()
            .forEach(sql::query);
      }
      if (!database.isEmpty() && !owner.isEmpty()) {
        roles.ensureLogin(owner);
        new Databases(sql).ensure(database, owner);
      }
    }
  }
}
