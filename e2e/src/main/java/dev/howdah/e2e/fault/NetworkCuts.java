// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Cuts the network between instances of the embedded mode, and between an instance and the control
/// plane, by dropping packets, so that each side waits as it would behind a broken switch.
///
/// All of them are on one machine and call from 127.0.0.1, so an address doesn't tell who calls:
/// each instance's processes are put into a cgroup of their own, by which the kernel knows the
/// sockets that they open. Those that are open already are named one by one.
final class NetworkCuts implements AutoCloseable {
  private static final String OUT = "HOWDAH_FAULTS_OUT";
  private static final String IN = "HOWDAH_FAULTS_IN";
  private static final String FOLDER = "howdah-faults";
  private static final int POSTGRES = 5432;

  private final Map<String, String> addresses;
  private final int apiPort;
  private final long controlPlane;
  private final Path groups;
  private final Thread keeper;
  private volatile boolean stopping;

  /// @param addresses of the instances by name
  /// @param controlPlane the process that is API server, operator and kubelet
  NetworkCuts(Map<String, String> addresses, int apiPort, long controlPlane)
      throws IOException, InterruptedException {
    this.addresses = new TreeMap<>(addresses);
    this.apiPort = apiPort;
    this.controlPlane = controlPlane;
    var root = groups();
    if (root == null) {
      throw new IOException("there is no cgroup v2 here");
    }
    this.groups = root.resolve(FOLDER);
    for (String name : addresses.keySet()) {
      Files.createDirectories(groups.resolve(name));
    }
    sort();
    keeper = Thread.ofPlatform().daemon().name("cgroups").start(this::keep);
    removeRules();
    iptables("-N", OUT);
    iptables("-N", IN);
    iptables("-I", "OUTPUT", "-o", "lo", "-j", OUT);
    iptables("-I", "INPUT", "-i", "lo", "-j", IN);
  }

  Map<String, String> addresses() {
    return addresses;
  }

  /// Where cgroups of version 2 are; null when there are none.
  static @Nullable Path groups() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
        String[] field = line.split(" ");
        if (field[2].equals("cgroup2")) {
          return Path.of(field[1]);
        }
      }
    } catch (IOException e) {
      // none that we could use
    }
    return null;
  }

  /// New containers are started by the runtime, in its cgroup.
  private void keep() {
    while (!stopping) {
      try {
        sort();
        Thread.sleep(50);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void sort() {
    for (String name : addresses.keySet()) {
      for (var entry : Scene.processes(name).entries()) {
        move(entry.pid(), groups.resolve(name));
      }
    }
  }

  private static void move(long pid, Path group) {
    try {
      var now = Files.readString(Path.of("/proc", Long.toString(pid), "cgroup"));
      if (!now.contains("0::/" + FOLDER + "/" + group.getFileName() + "\n")) {
        Files.writeString(group.resolve("cgroup.procs"), Long.toString(pid));
      }
    } catch (IOException e) {
      // it has ended
    }
  }

  /// Nothing passes between two instances, in neither direction.
  void cut(String one, String other) throws IOException, InterruptedException {
    oneWay(one, other);
    oneWay(other, one);
  }

  /// What the first sends doesn't reach the second.
  void oneWay(String from, String to) throws IOException, InterruptedException {
    drop("-m", "cgroup", "--path", path(from), "-d", address(to));
    iptables("-A", IN, "-m", "cgroup", "--path", path(to), "-s", address(from), "-j", "DROP");
    for (var open : between(from, to)) {
      drop(open);
    }
  }

  /// A share of all packets between instances is lost.
  void lose(double share) throws IOException, InterruptedException {
    for (String from : addresses.keySet()) {
      for (String to : addresses.keySet()) {
        if (!from.equals(to)) {
          var some = List.of("-m", "statistic", "--mode", "random", "--probability", "" + share);
          drop(join(some, "-m", "cgroup", "--path", path(from), "-d", address(to)));
          for (var open : between(from, to)) {
            drop(join(some, words(open)));
          }
        }
      }
    }
  }

  /// An instance and the control plane don't reach each other; what clients send by way of the
  /// service, whose forwarder is in the control plane's process, passes.
  void cutFromControlPlane(String instance) throws IOException, InterruptedException {
    drop("-p", "tcp", "-m", "cgroup", "--path", path(instance), "--dport", "" + apiPort);
    var open = new ArrayList<>(Sockets.of(pids(instance)));
    open.removeIf(connection -> connection.toPort() != apiPort);
    for (var connection : open) {
      drop(connection);
      drop(connection.reversed());
    }
    var asked = new ArrayList<>(Sockets.of(List.of(controlPlane)));
    asked.removeIf(c -> !c.to().equals(address(instance)) || c.toPort() == POSTGRES);
    for (var connection : asked) {
      drop(connection);
      drop(connection.reversed());
    }
    for (String other : addresses.keySet()) {
      iptables(
          "-A",
          OUT,
          "-m",
          "cgroup",
          "--path",
          path(other),
          "-d",
          address(instance),
          "-j",
          "RETURN");
    }
    drop("-p", "tcp", "-d", address(instance), "!", "--dport", "" + POSTGRES);
  }

  /// Nothing reaches an instance and nothing leaves it.
  void isolate(String instance) throws IOException, InterruptedException {
    var address = address(instance);
    iptables("-A", OUT, "-s", address, "-d", address, "-j", "RETURN");
    iptables("-A", OUT, "-m", "cgroup", "--path", path(instance), "-d", address, "-j", "RETURN");
    for (var open : Sockets.of(pids(instance))) {
      if (!open.to().equals(address)) {
        drop(open);
        drop(open.reversed());
      }
    }
    drop("-d", address);
    drop("-s", address);
    drop("-p", "tcp", "-m", "cgroup", "--path", path(instance));
  }

  /// How many packets were dropped since the last [#heal()]: none means that the cut hit nothing.
  long dropped() throws IOException, InterruptedException {
    long packets = 0;
    for (String chain : List.of(OUT, IN)) {
      for (String line : iptables("-L", chain, "-v", "-n", "-x").lines().toList()) {
        String[] field = line.strip().split("\\s+");
        if (field.length > 2 && field[2].equals("DROP")) {
          packets += Long.parseLong(field[0]);
        }
      }
    }
    return packets;
  }

  void heal() throws IOException, InterruptedException {
    iptables("-F", OUT);
    iptables("-F", IN);
  }

  private List<Sockets.Connection> between(String from, String to) throws IOException {
    var theirs = Sockets.of(pids(to)).stream().map(Sockets.Connection::reversed).toList();
    var open = new ArrayList<>(Sockets.of(pids(from)));
    open.retainAll(theirs);
    return open;
  }

  private static List<Long> pids(String instance) {
    return Scene.processes(instance).entries().stream().map(PodProcesses.Entry::pid).toList();
  }

  private String address(String instance) {
    var address = addresses.get(instance);
    if (address == null) {
      throw new IllegalArgumentException(instance + " is not here");
    }
    return address;
  }

  private static String path(String instance) {
    return FOLDER + "/" + instance;
  }

  private static String[] words(Sockets.Connection connection) {
    return new String[] {
      "-p",
      "tcp",
      "-s",
      connection.from(),
      "--sport",
      "" + connection.fromPort(),
      "-d",
      connection.to(),
      "--dport",
      "" + connection.toPort()
    };
  }

  private static String[] join(List<String> first, String... second) {
    var all = new ArrayList<>(List.of(second));
    all.addAll(first);
    return all.toArray(String[]::new);
  }

  private static void drop(Sockets.Connection connection) throws IOException, InterruptedException {
    drop(words(connection));
  }

  private static void drop(String... match) throws IOException, InterruptedException {
    var words = new ArrayList<>(List.of("-A", OUT));
    words.addAll(List.of(match));
    words.addAll(List.of("-j", "DROP"));
    iptables(words.toArray(String[]::new));
  }

  private static String iptables(String... words) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("iptables", "-w"));
    command.addAll(List.of(words));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output.strip());
    }
    return output;
  }

  private static void removeRules() throws InterruptedException {
    for (List<String> words :
        List.of(
            List.of("-D", "OUTPUT", "-o", "lo", "-j", OUT),
            List.of("-D", "INPUT", "-i", "lo", "-j", IN),
            List.of("-F", OUT),
            List.of("-F", IN),
            List.of("-X", OUT),
            List.of("-X", IN))) {
      try {
        iptables(words.toArray(String[]::new));
      } catch (IOException e) {
        // there was none
      }
    }
  }

  /// Takes the rules away; the processes go back to where they were.
  @Override
  public void close() throws InterruptedException {
    stopping = true;
    keeper.interrupt();
    keeper.join();
    removeRules();
    for (String name : addresses.keySet()) {
      for (var entry : Scene.processes(name).entries()) {
        try {
          Files.writeString(groups.resolveSibling("cgroup.procs"), Long.toString(entry.pid()));
        } catch (IOException e) {
          // it has ended
        }
      }
      try {
        Files.deleteIfExists(groups.resolve(name));
      } catch (IOException e) {
        // somebody is still in it; it does no harm
      }
    }
  }
}
