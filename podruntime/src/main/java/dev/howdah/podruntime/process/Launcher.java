// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Starts containers and programs beside them.
///
/// Order of things: a session of its own (signals of the terminal don't reach it), namespaces,
/// `/etc/hosts` and root folder, a PID namespace, then privileges are dropped and the container's
/// own program replaces all that. Variables that would change what runs before that point are set
/// only at the end.
public final class Launcher {
  /// The variable by which a container's processes are recognized where there are no namespaces.
  public static final String MARK = "HOWDAH_CONTAINER";

  /// Only the launching programs have this argument, not what they become.
  private static final String SIGNALS = "--default-signal=INT,QUIT";

  private static final Set<String> LATE =
      Set.of("PATH", "ENV", "BASH_ENV", "IFS", "PS4", "SHELLOPTS", "BASHOPTS", "GLIBC_TUNABLES");

  private final Tools tools;
  private final RunAs runAs;
  private final Isolation isolation;
  private final Path script;
  private final Path stableRoot;

  /// Installs the launch script in a folder, and the mount point that all containers see as their
  /// root.
  ///
  /// @param home the runtime's folder
  public Launcher(Tools tools, RunAs runAs, Isolation isolation, Path home) throws IOException {
    this.tools = tools;
    this.runAs = runAs;
    this.isolation = isolation;
    this.stableRoot = Files.createDirectories(home.resolve("root"));
    this.script = home.resolve("launch.sh");
    Path fresh = home.resolve("launch.sh.new");
    try (InputStream text = Launcher.class.getResourceAsStream("launch.sh")) {
      if (text == null) {
        throw new IllegalStateException("launch.sh is missing from the module");
      }
      Files.copy(text, fresh, StandardCopyOption.REPLACE_EXISTING);
    }
    // Replaced, not rewritten: running shells still read the old one.
    Files.move(fresh, script, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// How containers are parted from each other.
  public Isolation isolation() {
    return isolation;
  }

  /// Whom containers run as.
  public RunAs runAs() {
    return runAs;
  }

  /// The folder below which a container's processes find its paths: what `HOWDAH_ROOT` says.
  public Path visibleRoot(ContainerFiles files) {
    return isolation.mounts() ? stableRoot : files.root();
  }

  /// Starts a container; returns at once, before its program runs.
  public ContainerProcess start(Launch launch) throws IOException {
    ContainerFiles files = launch.files();
    for (Path old : List.of(files.shell(), files.pid(), files.exit())) {
      Files.deleteIfExists(old);
    }
    if (!Files.exists(files.log())) {
      Files.write(files.log(), new byte[0], StandardOpenOption.CREATE);
      Files.setPosixFilePermissions(files.log(), PosixFilePermissions.fromString("rw-r-----"));
      runAs.own(files.log());
    }
    var command = new ArrayList<String>();
    command.add(tools.setsid().toString());
    command.addAll(isolation.enter(tools));
    command.addAll(List.of(tools.sh().toString(), script.toString()));
    command.add(isolation.mounts() ? "mount" : "wait");
    command.add(files.prefix().toString());
    command.addAll(List.of(launch.hosts().toString(), files.root().toString()));
    command.addAll(List.of(stableRoot.toString(), launch.hostname()));
    command.add(isolation.pids() ? "yes" : "no");
    command.add(launch.folder().toString());
    if (launch.terminal() != null) {
      command.addAll(List.of(tools.setsid().toString(), "--ctty"));
    }
    command.addAll(unprivileged(launch.environment()));
    command.addAll(launch.command());
    var builder = new ProcessBuilder(command);
    prepare(builder, launch.environment());
    Path terminal = launch.terminal();
    if (terminal != null) {
      builder.redirectInput(terminal.toFile());
      builder.redirectOutput(terminal.toFile());
      builder.redirectError(terminal.toFile());
    } else {
      if (!launch.stdin()) {
        builder.redirectInput(Path.of("/dev/null").toFile());
      }
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(files.log().toFile()));
      builder.redirectErrorStream(true);
    }
    return ContainerProcess.started(files, isolation, mark(launch.environment()), builder.start());
  }

  /// Takes over a container that an earlier runtime started with the given mark.
  public Optional<ContainerProcess> adopt(ContainerFiles files, String mark) {
    return ContainerProcess.adopt(files, isolation, MARK + "=" + mark);
  }

  /// Prepares a program inside a running container: its namespaces, user and environment. Standard
  /// streams are the caller's to set.
  ///
  /// @param terminal the program gets standard input as its controlling terminal
  public ProcessBuilder inside(
      ContainerProcess container,
      Path folder,
      Map<String, String> environment,
      boolean terminal,
      List<String> command)
      throws IOException, InterruptedException {
    long main =
        container
            .awaitMain()
            .orElseThrow(() -> new IOException("the container's main process is not running"));
    var full = new ArrayList<>(isolation.join(tools, main));
    full.addAll(List.of(tools.sh().toString(), script.toString(), "exec", folder.toString()));
    full.add(tools.setsid().toString());
    full.add("--wait");
    if (terminal) {
      full.add("--ctty");
    }
    full.addAll(unprivileged(environment));
    full.addAll(command);
    var builder = new ProcessBuilder(full);
    prepare(builder, environment);
    return builder;
  }

  /// Whether a command line is that of a container on its way to its own program.
  static boolean isLaunching(String commandLine) {
    return commandLine.contains(SIGNALS);
  }

  private void prepare(ProcessBuilder builder, Map<String, String> environment) {
    builder.directory(Path.of("/").toFile());
    Map<String, String> target = builder.environment();
    target.clear();
    environment.forEach((name, value) -> {
      if (!late(name)) {
        target.put(name, value);
      }
    });
    target.put("PATH", Tools.PATH);
  }

  /// Drops privileges, then sets the late variables and undoes what the shell did to signals.
  private List<String> unprivileged(Map<String, String> environment) {
    var command = new ArrayList<String>();
    command.add(tools.setpriv().toString());
    command.addAll(isolation.drop(runAs));
    command.addAll(List.of(tools.env().toString(), SIGNALS));
    lateOnes(environment).forEach((name, value) -> command.add(name + "=" + value));
    return command;
  }

  private static Map<String, String> lateOnes(Map<String, String> environment) {
    var result = new LinkedHashMap<String, String>();
    environment.forEach((name, value) -> {
      if (late(name)) {
        result.put(name, value);
      }
    });
    return result;
  }

  private static boolean late(String name) {
    return LATE.contains(name) || name.startsWith("LD_") || !name.matches("[A-Za-z_][A-Za-z0-9_]*");
  }

  private static String mark(Map<String, String> environment) {
    return MARK + "=" + environment.getOrDefault(MARK, "");
  }
}
