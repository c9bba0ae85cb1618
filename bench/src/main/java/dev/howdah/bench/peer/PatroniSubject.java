// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench.peer;

import dev.howdah.e2e.fault.Hit;
import dev.howdah.testing.ServerUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Debian's Patroni with one etcd, three nodes on loopback addresses. Clients find the primary as
/// libpq and JDBC do it: all hosts named, the one that accepts writes is taken.
final class PatroniSubject implements Subject {
  private static final String ETCD = "127.0.77.9";
  private static final int NODES = 3;

  private final Path folder = ServerUser.temporaryDirectory("patroni");
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Process etcd;
  private final Process[] agents = new Process[NODES];
  private List<Long> frozen = List.of();
  private int hit;

  PatroniSubject(String profile, boolean sync) throws Exception {
    etcd =
        start(
            "etcd",
            "etcd",
            "--data-dir=" + folder.resolve("etcd-data"),
            "--listen-client-urls=http://" + ETCD + ":2379",
            "--advertise-client-urls=http://" + ETCD + ":2379",
            "--listen-peer-urls=http://" + ETCD + ":2380",
            "--initial-advertise-peer-urls=http://" + ETCD + ":2380",
            "--initial-cluster=default=http://" + ETCD + ":2380");
    Subject.closeAtExit(this);
    for (int i = 0; i < NODES; i++) {
      Files.writeString(folder.resolve("node" + i + ".yml"), configuration(i, profile, sync));
      Files.createDirectories(folder.resolve("socket" + i));
    }
    ServerUser.own(folder);
    for (int i = 0; i < NODES; i++) {
      startAgent(i);
    }
    settle();
  }

  private static String address(int node) {
    return "127.0.77." + (node + 1);
  }

  private String configuration(int node, String profile, boolean sync) {
    // ttl, loop_wait, retry_timeout: the defaults, and the smallest values that its documentation
    // allows
    String times =
        profile.equals("fast")
            ? "{ttl: 20, loop_wait: 1, retry_timeout: 3"
            : "{ttl: 30, loop_wait: 10, retry_timeout: 10";
    return """
    scope: bench
    name: node%1$d
    restapi: {listen: "%2$s:8008", connect_address: "%2$s:8008"}
    etcd3: {hosts: ["%3$s:2379"]}
    bootstrap:
      dcs: %4$s, maximum_lag_on_failover: 1048576, synchronous_mode: %5$s, postgresql: {use_pg_rewind: true, use_slots: true}}
      initdb: [{encoding: UTF8}, data-checksums]
    postgresql:
      listen: "%2$s:5432"
      connect_address: "%2$s:5432"
      data_dir: %6$s/data%1$d
      bin_dir: %7$s
      pgpass: %6$s/pgpass%1$d
      pg_hba: [local all all trust, host all all 127.0.0.0/8 trust, host replication all 127.0.0.0/8 trust]
      authentication:
        superuser: {username: postgres, password: none}
        replication: {username: replicator, password: none}
        rewind: {username: rewinder, password: none}
      parameters: {unix_socket_directories: %6$s/socket%1$d}
    """
        .formatted(node, address(node), ETCD, times, sync, folder, "/usr/lib/postgresql/15/bin");
  }

  private Process start(String log, String... words) throws IOException {
    var command = new ArrayList<>(ServerUser.prefix());
    command.addAll(List.of(words));
    var builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().removeIf(key -> key.startsWith("PG"));
    builder.environment().put("HOME", folder.toString());
    return builder
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(Path.of(folder + "." + log + ".log").toFile()))
        .start();
  }

  private synchronized void startAgent(int node) throws IOException {
    if (closed.get()) {
      return;
    }
    agents[node] =
        start("node" + node, "patroni", folder.resolve("node" + node + ".yml").toString());
  }

  @Override
  public String name() {
    return "patroni";
  }

  @Override
  public Connection connect() throws SQLException {
    var hosts =
        IntStream.range(0, NODES)
            .mapToObj(i -> address(i) + ":5432")
            .collect(java.util.stream.Collectors.joining(","));
    var properties = properties();
    properties.setProperty("targetServerType", "primary");
    properties.setProperty("hostRecheckSeconds", "0");
    return DriverManager.getConnection("jdbc:postgresql://" + hosts + "/postgres", properties);
  }

  private static Properties properties() {
    var properties = new Properties();
    properties.setProperty("user", "postgres");
    properties.setProperty("connectTimeout", "2");
    properties.setProperty("socketTimeout", "3");
    properties.setProperty("loginTimeout", "6");
    properties.setProperty("sslmode", "disable");
    return properties;
  }

  private @Nullable String ask(int node, String query) {
    try (var connection =
            DriverManager.getConnection(
                "jdbc:postgresql://" + address(node) + ":5432/postgres", properties());
        var rows = connection.createStatement().executeQuery(query)) {
      return rows.next() ? rows.getString(1) : null;
    } catch (SQLException e) {
      return null;
    }
  }

  @Override
  public String primary() {
    return "node" + leader();
  }

  /// One that is dead to its agent may accept writes for a while yet.
  @Override
  public boolean isLedByAnother(String instance) {
    return IntStream.range(0, NODES)
        .filter(i -> !instance.equals("node" + i))
        .anyMatch(i -> "f".equals(ask(i, "SELECT pg_is_in_recovery()")));
  }

  private int leader() {
    return IntStream.range(0, NODES)
        .filter(i -> "f".equals(ask(i, "SELECT pg_is_in_recovery()")))
        .findFirst()
        .orElse(-1);
  }

  @Override
  public void settle() throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(180).toNanos();
    while (true) {
      int primary = leader();
      if (primary >= 0
          && "2"
              .equals(
                  ask(
                      primary,
                      "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND"
                          + " application_name LIKE 'node%'"))) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException("Patroni's cluster is not whole; logs: " + folder + ".*");
      }
      Thread.sleep(200);
    }
  }

  private List<Long> processes(int node) {
    var pids = new ArrayList<Long>();
    Process agent = agents[node];
    if (agent != null) {
      agent.descendants().map(ProcessHandle::pid).forEach(pids::add);
      pids.add(agent.pid());
    }
    var data = folder.resolve("data" + node);
    ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> !pids.contains(pid))
        .filter(pid -> {
          try {
            return Files.isSameFile(Path.of("/proc", Long.toString(pid), "cwd"), data);
          } catch (IOException e) {
            return false;
          }
        })
        .forEach(pids::add);
    return pids;
  }

  private static void signal(String signal, List<Long> pids) throws Exception {
    var command = new ArrayList<>(List.of("kill", "-" + signal));
    pids.forEach(pid -> command.add(Long.toString(pid)));
    new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  @Override
  public List<Hit> inject(String fault) throws Exception {
    hit = leader();
    var pidFile = folder.resolve("data" + hit).resolve("postmaster.pid");
    long postmaster = Long.parseLong(Files.readAllLines(pidFile).getFirst());
    switch (fault) {
      case "postmaster" -> {
        signal("KILL", List.of(postmaster));
        return List.of(Hit.gone(postmaster));
      }
      case "agent" -> {
        signal("KILL", List.of(agents[hit].pid()));
        return List.of(Hit.gone(agents[hit].pid()));
      }
      case "power" -> {
        signal("KILL", processes(hit));
        return List.of(Hit.gone(postmaster));
      }
      case "freeze" -> {
        frozen = processes(hit);
        signal("STOP", frozen);
        return List.of(Hit.stopped(postmaster));
      }
      case "switchover" -> {
        // without a candidate: with synchronous replication only one standby is taken
        var config = folder.resolve("node0.yml").toString();
        var process =
            start("switchover", "patronictl", "-c", config, "switchover", "--force", "bench");
        process.waitFor(60, TimeUnit.SECONDS);
        return List.of();
      }
      default -> throw new IllegalArgumentException(fault);
    }
  }

  /// Debian's unit doesn't restart the agent: somebody does, in the end.
  @Override
  public void repair(String fault) throws Exception {
    switch (fault) {
      case "freeze" -> signal("CONT", frozen);
      case "agent", "power" -> startAgent(hit);
      default -> {}
    }
  }

  @Override
  public synchronized void close() throws Exception {
    if (closed.getAndSet(true)) {
      return;
    }
    for (int i = 0; i < NODES; i++) {
      signal("KILL", processes(i));
    }
    etcd.destroyForcibly();
    etcd.waitFor();
    ServerUser.delete(folder);
    try (var logs = Files.newDirectoryStream(folder.getParent(), folder.getFileName() + ".*.log")) {
      for (Path log : logs) {
        Files.deleteIfExists(log);
      }
    }
  }
}
