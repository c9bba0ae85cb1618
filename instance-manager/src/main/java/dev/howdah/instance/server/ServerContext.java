// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.job.Folders;
import dev.howdah.postgres.command.Installations;
import dev.howdah.postgres.command.Launch;
import dev.howdah.postgres.command.PostgresPrograms;
import dev.howdah.postgres.config.ServerPaths;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.WalDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the server's parts are on this machine, and how its programs are run.
public record ServerContext(
    PodEnvironment pod, DataDirectory data, PostgresPrograms programs, String osUser) {
  private static final Logger LOG = LoggerFactory.getLogger(ServerContext.class);

  /// The name of the WAL's folder among [#dataFolders()].
  static final String WAL = "WAL";

  private static final String WAL_MOUNT = "/var/lib/postgresql/wal";

  /// Finds the installation.
  ///
  /// @param log gets each line that PostgreSQL's programs print
  public static ServerContext of(PodEnvironment pod, Consumer<String> log)
      throws IOException, InterruptedException {
    var data = new DataDirectory(pod.pgData());
    var installations = Installations.find(null, pod.all().getOrDefault("PATH", ""));
    boolean exists = Files.exists(pod.pgData().resolve("PG_VERSION"));
    var installation = exists ? installations.of(data.majorVersion()) : installations.newest();
    return new ServerContext(
        pod, data, new PostgresPrograms(installation, launch(pod), log), osUser(pod.volume()));
  }

  /// Programs work in the folder of the volume, where the guard looks for what it has to kill.
  private static Launch launch(PodEnvironment pod) {
    return new Launch(
        List.of("sh", "-c", "cd \"$0\" && exec \"$@\"", pod.volume().toString()),
        Map.of("TMPDIR", pod.paths().path("/controller/tmp").toString()));
  }

  /// The name of the user that we run as, whom `peer` authentication sees: the owner of what we
  /// create.
  private static String osUser(Path volume) throws IOException {
    String property = System.getProperty("user.name", "");
    return property.isEmpty() || property.equals("?")
        ? Files.getOwner(volume, LinkOption.NOFOLLOW_LINKS).getName()
        : property;
  }

  public ServerPaths paths() {
    return pod.paths();
  }

  public int major() {
    return programs.installation().major();
  }

  /// Where `pg_wal` is to be when the instance has a WAL volume.
  public Optional<Path> walVolume() {
    Path mount = paths().path(WAL_MOUNT);
    return Files.isDirectory(mount) ? Optional.of(mount.resolve("pg_wal")) : Optional.empty();
  }

  /// Moves the WAL of a server that is down to its volume, when the Cluster got its
  /// `spec.walStorage` after the data was made.
  void moveWalToItsVolume() throws IOException {
    WalDirectory wal = WalDirectory.of(data);
    Path volume = walVolume().orElse(null);
    if (volume != null && wal.isInside()) {
      LOG.atInfo().addKeyValue("to", volume).log("moving the WAL to its volume");
      wal.moveTo(volume);
    }
  }

  /// All folders that the data consists of, by what they hold: its own first, then those on volumes
  /// of their own.
  public SequencedMap<String, Path> dataFolders() throws IOException {
    var folders = new LinkedHashMap<String, Path>();
    folders.put("the data", data.path());
    walVolume().ifPresent(wal -> folders.put(WAL, wal));
    Folders.tablespaces(paths())
        .forEach((name, folder) -> folders.put("tablespace " + name, folder));
    return folders;
  }
}
