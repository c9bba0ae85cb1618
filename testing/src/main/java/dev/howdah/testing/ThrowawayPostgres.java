// SPDX-License-Identifier: Apache-2.0
package dev.howdah.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL server for one test: on a loopback address of its own, in a folder that goes away
/// with it.
///
/// The superuser is `postgres`; everybody on the machine is trusted. Starts in a third of a second,
/// since the data directory is a copy of one that `initdb` made once. When this process dies,
/// however it dies, the server stops.
///
/// ```java
/// try (var server = ThrowawayPostgres.start()) {
///   assertThat(server.query("select 1")).isEqualTo("1");
/// }
/// ```
public final class ThrowawayPostgres implements AutoCloseable {
  /// The port of all such servers; their addresses differ.
  public static final int PORT = 5432;

  private static final Duration START_DEADLINE = Duration.ofMinutes(3);

  /// Servers are told to stop when the thread that started them ends, so it must be one that never
  /// does.
  private static final ExecutorService SPAWNER =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("throwaway-postgres-spawner").factory());

  private final PostgresBinaries binaries;
  private final Path folder;
  private final String address;
  private final Map<String, String> settings;
  private @Nullable Process process;

  private ThrowawayPostgres(
      PostgresBinaries binaries, Path folder, String address, Map<String, String> settings) {
    this.binaries = binaries;
    this.folder = folder;
    this.address = address;
    this.settings = settings;
  }

  /// Starts a server of the newest version that is installed.
  public static ThrowawayPostgres start() {
    return start(Map.of());
  }

  /// Starts a server of the newest version that is installed, with parameters on its command line.
  public static ThrowawayPostgres start(Map<String, String> settings) {
    return start(PostgresBinaries.newest(), settings);
  }

  /// Starts a server of a given version.
  public static ThrowawayPostgres start(PostgresBinaries binaries, Map<String, String> settings) {
    var server = stopped(binaries, settings);
    server.startAgain();
    return server;
  }

  /// Prepares a server's data directory without starting it.
  public static ThrowawayPostgres stopped(PostgresBinaries binaries, Map<String, String> settings) {
    Path folder = ServerUser.temporaryDirectory("pg");
    newDataDirectory(binaries, folder.resolve("data"));
    return in(binaries, folder, settings);
  }

  /// Prepares a server on a copy of a data directory, such as a restored one, without starting it.
  public static ThrowawayPostgres copyOf(Path dataDirectory, Map<String, String> settings) {
    Path folder = ServerUser.temporaryDirectory("pg");
    copy(dataDirectory, folder.resolve("data"));
    return in(PostgresBinaries.newest(), folder, settings);
  }

  private static ThrowawayPostgres in(
      PostgresBinaries binaries, Path folder, Map<String, String> settings) {
    var server =
        new ThrowawayPostgres(
            binaries, folder, Loopback.freeAddress(PORT), new LinkedHashMap<>(settings));
    ServerUser.runAsServer(List.of("mkdir", "-p", server.socketDirectory().toString()));
    return server;
  }

  /// Puts a new data directory there, of the server user's, as `initdb` leaves it; parents have to
  /// exist.
  ///
  /// All of one version on a machine share a system identifier.
  public static void newDataDirectory(PostgresBinaries binaries, Path target) {
    copy(TemplateDirectory.of(binaries), target);
  }

  private static void copy(Path from, Path to) {
    ServerUser.runAsServer(List.of("cp", "-a", "--reflink=auto", from.toString(), to.toString()));
  }

  /// Makes a standby that streams from this server, under this `application_name`.
  public ThrowawayPostgres standby(String name) {
    Path standbyFolder = ServerUser.temporaryDirectory("pg");
    ServerUser.runAsServer(
        List.of(
            binaries.program("pg_basebackup").toString(),
            "--pgdata=" + standbyFolder.resolve("data"),
            "--dbname=" + conninfo("postgres") + " application_name=" + name,
            "--checkpoint=fast",
            "--no-sync",
            "--write-recovery-conf"));
    var standby = in(binaries, standbyFolder, Map.of());
    standby.startAgain();
    return standby;
  }

  /// Starts it again as a standby of another server, which has all of its log.
  public void follow(ThrowawayPostgres primary) {
    Path data = dataDirectory();
    String conninfo =
        "primary_conninfo = '" + primary.conninfo("postgres").replace("'", "''") + "'";
    ServerUser.runAsServer(
        List.of(
            "sh",
            "-c",
            "touch \"$0/standby.signal\" && echo \"$1\" >> \"$0/postgresql.auto.conf\"",
            data.toString(),
            conninfo));
    startAgain();
  }

  /// Starts it, on the same data directory and address as before.
  public void startAgain() {
    if (process != null && process.isAlive()) {
      throw new IllegalStateException("it runs already");
    }
    var command = new ArrayList<>(ServerUser.prefix());
    if (command.isEmpty()) {
      command.add("setpriv");
    }
    command.addAll(List.of("--pdeathsig", "QUIT", binaries.program("postgres").toString()));
    command.addAll(List.of("-D", dataDirectory().toString()));
    var all = new LinkedHashMap<String, String>();
    all.put("listen_addresses", address);
    all.put("port", Integer.toString(PORT));
    all.put("unix_socket_directories", socketDirectory().toString());
    all.put("fsync", "off");
    all.put("logging_collector", "off");
    all.putAll(settings);
    all.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    Process started = spawn(command);
    process = started;
    awaitReady(started);
  }

  private Process spawn(List<String> command) {
    var builder =
        new ProcessBuilder(command)
            .directory(Path.of("/").toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    try {
      return SPAWNER.submit(builder::start).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot start " + command.getFirst(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void awaitReady(Process started) {
    Path pidFile = dataDirectory().resolve("postmaster.pid");
    long end = System.nanoTime() + START_DEADLINE.toNanos();
    while (!isReady(pidFile, started.pid())) {
      if (!started.isAlive() || System.nanoTime() > end) {
        String log = readLog();
        close();
        throw new IllegalStateException("PostgreSQL did not start:\n" + log);
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  private static boolean isReady(Path pidFile, long pid) {
    try {
      List<String> lines = Files.readAllLines(pidFile);
      return lines.size() >= 8
          && lines.get(0).strip().equals(Long.toString(pid))
          && (lines.get(7).strip().equals("ready") || lines.get(7).strip().equals("standby"));
    } catch (IOException e) {
      return false;
    }
  }

  /// Stops it in order (a fast shutdown).
  public void stop() {
    signal("INT");
  }

  /// Kills it and all its processes at once, as a crash does.
  public void kill() {
    if (process == null) {
      return;
    }
    ServerProcesses.kill(dataDirectory(), Stream.of(process.toHandle()));
    await(process);
  }

  private void signal(String signal) {
    Process running = process;
    if (running == null || !running.isAlive()) {
      return;
    }
    try {
      ServerUser.run(List.of("kill", "-" + signal, Long.toString(running.pid())));
    } catch (IllegalStateException e) {
      // it has ended by itself just now
    }
    await(running);
  }

  private void await(Process ended) {
    try {
      if (!ended.waitFor(3, TimeUnit.MINUTES)) {
        ended.destroyForcibly();
        throw new IllegalStateException("PostgreSQL did not stop:\n" + readLog());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /// Runs SQL with `psql` as the superuser and returns what it prints, without its last line break.
  ///
  /// Fields are parted by `|`, rows by line breaks.
  public String query(String sql) {
    return query("postgres", sql);
  }

  /// Runs SQL in one of the databases.
  public String query(String database, String sql) {
    return ServerUser.runAsServer(
            List.of(
                binaries.program("psql").toString(),
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
                "--dbname=" + conninfo(database),
                "--command=" + sql))
        .stripTrailing();
  }

  /// A libpq connection string for the superuser.
  public String conninfo(String database) {
    String quoted = "'" + database.replace("\\", "\\\\").replace("'", "\\'") + "'";
    return "host=%s port=%d user=postgres dbname=%s connect_timeout=30"
        .formatted(address, PORT, quoted);
  }

  /// A JDBC URL for the superuser.
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://%s:%d/%s?user=postgres".formatted(address, PORT, database);
  }

  public String address() {
    return address;
  }

  public Path dataDirectory() {
    return folder.resolve("data");
  }

  public Path socketDirectory() {
    return folder.resolve("s");
  }

  public PostgresBinaries binaries() {
    return binaries;
  }

  /// Whether the server's process runs.
  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  /// The process of the server.
  public Process process() {
    if (process == null) {
      throw new IllegalStateException("it was never started");
    }
    return process;
  }

  /// All it logged.
  public String readLog() {
    try {
      return Files.exists(log()) ? Files.readString(log()) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Adds a line to a file of the data directory, such as `pg_hba.conf`.
  public void appendTo(String file, String line) {
    try {
      Files.writeString(
          dataDirectory().resolve(file),
          line + "\n",
          StandardOpenOption.APPEND,
          StandardOpenOption.CREATE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path log() {
    return folder.resolve("log");
  }

  /// Stops it at once and deletes its folder.
  @Override
  public void close() {
    String log = "";
    if (process != null && process.isAlive()) {
      signal("QUIT");
    } else {
      log = readLog();
    }
    ServerUser.delete(folder);
    if (process != null && process.exitValue() > 128 && log.contains("PANIC")) {
      throw new IllegalStateException("PostgreSQL had crashed:\n" + log);
    }
  }
}
