// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.config.ConnInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// The programs of one installation as calls. All of them can be interrupted: the program is ended
/// then.
public final class PostgresPrograms {
  private static final Duration QUICK = Duration.ofSeconds(30);

  /// For what copies or reads a whole database: a bound against a hang, not an estimate.
  private static final Duration LONG = Duration.ofDays(7);

  /// What pg_controldata of all majors warns of, in English.
  private static final String WRONG_CHECKSUM = "CRC checksum does not match";

  /// For how long nothing may come from a source that has begun to send.
  public static final Duration SILENCE = Duration.ofMinutes(10);

  /// For what isn't seen to get on: a checkpoint of the source, or its WAL.
  private static final Duration UNSEEN = Duration.ofHours(2);

  /// Of the sessions of a copy on its source: one that writes slowly is waited for, one whose
  /// machine is gone keeps no WAL for long.
  private static final String COPY_OPTIONS =
      "-c wal_sender_timeout=0s -c tcp_keepalives_idle=30s -c tcp_keepalives_interval=10s"
          + " -c tcp_keepalives_count=6";

  private static final int CONTROL_READS = 4;
  private static final Duration CONTROL_PAUSE = Duration.ofMillis(50);

  private final Installation installation;
  private final Launch launch;
  private final Consumer<String> log;

  /// @param log gets each line that the programs print
  public PostgresPrograms(Installation installation, Launch launch, Consumer<String> log) {
    this.installation = installation;
    this.launch = launch;
    this.log = log;
  }

  public Installation installation() {
    return installation;
  }

  public Launch launch() {
    return launch;
  }

  /// A run of one of the installation's programs, for what has no method here.
  public ProgramRun run(String program) {
    return new ProgramRun(launch, installation.program(program)).logTo(log);
  }

  /// Makes a new data directory.
  ///
  /// @param walDirectory where `pg_wal` is to be; null for inside the data directory
  public void initdb(InitDb options, Path dataDirectory, @Nullable Path walDirectory)
      throws InterruptedException {
    run("initdb")
        .with(options.arguments(dataDirectory, walDirectory, installation.major()))
        .within(Duration.ofMinutes(30))
        .run();
  }

  /// Writes all files of a data directory durably to disk.
  public void syncToDisk(Path dataDirectory) throws InterruptedException {
    run("initdb").with("--sync-only", "--pgdata=" + dataDirectory).within(LONG).run();
  }

  /// Reads the control file. What a running server is just writing can look damaged, so it is read
  /// again a few times before it is called so.
  ///
  /// @throws DamagedControlFileException if its checksum is wrong
  public ControlData controlData(Path dataDirectory) throws InterruptedException {
    for (int left = CONTROL_READS; left > 0; left--) {
      ProgramRun.Output output =
          new ProgramRun(
                  launch.withEnvironment("LC_ALL", "C"), installation.program("pg_controldata"))
              .with("--pgdata=" + dataDirectory)
              .within(QUICK)
              .run();
      if (!output.text().contains(WRONG_CHECKSUM) && !output.errors().contains(WRONG_CHECKSUM)) {
        return ControlData.parse(output.text());
      }
      Thread.sleep(CONTROL_PAUSE);
    }
    throw new DamagedControlFileException(dataDirectory);
  }

  /// Why a server would not start with the configuration of this data directory, in PostgreSQL's
  /// words; empty if it reads all of it. Certificates, libraries and the machine's limits are
  /// judged only by a real start.
  public Optional<String> problemWithConfiguration(Path dataDirectory) throws InterruptedException {
    var output =
        new ProgramRun(launch.withEnvironment("LC_ALL", "C"), installation.program("postgres"))
            .with("-C", "data_directory", "-D", dataDirectory.toString())
            .within(QUICK)
            .runToEnd();
    return output.exitCode() == 0
        ? Optional.empty()
        : Optional.of(output.errors().isBlank() ? output.text() : output.errors().strip());
  }

  /// Copies a running server's data directory.
  ///
  /// @param walDirectory where `pg_wal` is to be; null for inside the data directory
  /// @param fastCheckpoint to begin at once, at the cost of a burst of writes on the source
  /// @param patience for how long nothing of the data may come once it has begun to come
  /// @param room asked whether there is room for so many bytes of data, WAL apart
  public record BaseBackup(
      ConnInfo source,
      Path dataDirectory,
      @Nullable Path walDirectory,
      boolean fastCheckpoint,
      Duration patience,
      LongPredicate room,
      List<String> extraOptions) {
    public BaseBackup {
      extraOptions = List.copyOf(extraOptions);
    }
  }

  /// @throws DataTooLargeException if there is no room: what was copied until then is to be deleted
  /// @throws ProgramFailedException also if nothing came for too long
  public void baseBackup(BaseBackup backup) throws InterruptedException {
    var watch = new CopyWatch(backup.patience(), UNSEEN, backup.room(), log);
    ProgramRun run =
        run("pg_basebackup")
            .logTo(watch::line)
            .unless(watch::isHopeless)
            .with("--pgdata=" + backup.dataDirectory())
            .with("--dbname=" + backup.source().withDefault("options", COPY_OPTIONS))
            .with("--verbose", "--progress", "--no-password")
            .with("--wal-method=stream")
            .with("--checkpoint=" + (backup.fastCheckpoint() ? "fast" : "spread"))
            .with(backup.extraOptions());
    if (backup.walDirectory() != null) {
      run.with("--waldir=" + backup.walDirectory());
    }
    watch.judge("pg_basebackup", run.within(LONG).runToEnd());
  }

  /// Makes an old primary's data directory one that can follow another server.
  ///
  /// @param restoreWal whether missing WAL of the target may be taken from the archive, by the
  ///   `restore_command` of its configuration
  public record Rewind(Path dataDirectory, ConnInfo source, boolean restoreWal) {}

  /// Runs `pg_rewind`. A failure may leave the directory unusable: see `postgres.data` for the
  /// marker.
  public void rewind(Rewind rewind) throws InterruptedException {
    ControlData target = controlData(rewind.dataDirectory());
    if (!target.walLogHints() && !target.dataChecksums()) {
      throw new PostgresException(
          "%s cannot be rewound: it has neither data checksums nor wal_log_hints; clone it anew"
              .formatted(rewind.dataDirectory()));
    }
    var watch = new CopyWatch(SILENCE, LONG, _ -> true, log);
    ProgramRun run =
        run("pg_rewind")
            .logTo(watch::line)
            .unless(watch::isHopeless)
            .with("--target-pgdata=" + rewind.dataDirectory())
            .with("--source-server=" + rewind.source(), "--progress");
    if (rewind.restoreWal()) {
      run.with("--restore-target-wal");
    }
    watch.judge("pg_rewind", run.within(LONG).runToEnd());
  }

  /// Dumps one database into a folder, a file for each table.
  public void dump(ConnInfo source, Path folder, List<String> options) throws InterruptedException {
    run("pg_dump")
        .with("--format=directory", "--verbose", "--no-password")
        .with("--file=" + folder, "--dbname=" + source)
        .with(options)
        .within(LONG)
        .run();
  }

  /// Restores a dump that {@link #dump} made.
  public void restore(ConnInfo target, Path folder, List<String> options)
      throws InterruptedException {
    run("pg_restore")
        .with("--verbose", "--no-password", "--dbname=" + target)
        .with(options)
        .with(folder.toString())
        .within(LONG)
        .run();
  }
}
