// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.volume.AtomicFile;
import dev.howdah.postgres.config.ServerPaths;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The folders of the scratch volume, which is empty when a pod begins.
public final class Folders {
  private Folders() {}

  /// Tells the launcher's stubs what `archive_command` and `restore_command` mean. Without a
  /// configured archive, archiving is nothing to do; where there is one, WAL must not be taken for
  /// archived by a version that can't.
  public static void sayWhetherArchiving(PodEnvironment pod, JsonNode cluster) throws IOException {
    JsonNode spec = cluster.path("spec");
    boolean plugin = false;
    for (JsonNode entry : spec.path("plugins")) {
      plugin |=
          entry.path("isWALArchiver").asBoolean(false) && entry.path("enabled").asBoolean(true);
    }
    boolean archive =
        plugin
            || spec.path("backup").path("barmanObjectStore").isObject()
            || spec.path("replica").isObject(); // the other cluster's, perhaps
    AtomicFile.writeIfChanged(
        pod.paths().scratch().resolve("archive-mode"), archive ? asking(pod) : "none\n");
  }

  /// Makes the stubs ask, whatever the Cluster says: for a job that restores.
  public static void askForWal(PodEnvironment pod) throws IOException {
    AtomicFile.writeIfChanged(pod.paths().scratch().resolve("archive-mode"), asking(pod));
  }

  private static String asking(PodEnvironment pod) {
    return "ask " + pod.all().getOrDefault("HOWDAH_MANAGER", "") + ".d/wal\n";
  }

  public static void prepare(PodEnvironment pod) throws IOException {
    for (String folder : new String[] {"run", "log", "tmp", "certificates"}) {
      Files.createDirectories(pod.paths().scratch().resolve(folder));
    }
  }

  /// Makes the folder of each tablespace whose volume is mounted: a standby replays the making of a
  /// tablespace only where its folder exists.
  public static void tablespaces(PodEnvironment pod) throws IOException {
    for (Path folder : tablespaces(pod.paths()).values()) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  /// What [DataDirectory#begin] notes while a copy of another server's data is made.
  public static final String COPYING = "pg_basebackup";

  /// Makes room for a copy of another server's data: keeps what the data directory and the
  /// tablespaces hold under names with a time stamp, and deletes what an earlier try of such a copy
  /// has left.
  ///
  /// @return where the old data is now
  public static List<Path> setAside(DataDirectory data, ServerPaths paths, Instant now)
      throws IOException {
    boolean copied = data.unfinished().filter(COPYING::equals).isPresent();
    if (copied) {
      // It comes last, but for WAL: what has one would count as somebody's data.
      Files.deleteIfExists(data.path().resolve("global/pg_control"));
      for (Path folder : tablespaces(paths).values()) {
        DurableFiles.deleteTree(folder);
      }
    }
    var kept = new ArrayList<>(data.setAside(now));
    for (Path folder : tablespaces(paths).values()) {
      if (!isEmpty(folder)) {
        Path aside = DataDirectory.asideOf(folder, now);
        DurableFiles.move(folder, aside);
        kept.add(aside);
      }
    }
    data.begin(COPYING);
    return kept;
  }

  /// Where the tablespaces are, by name: those whose volumes are mounted.
  public static SortedMap<String, Path> tablespaces(ServerPaths paths) throws IOException {
    var found = new TreeMap<String, Path>();
    Path mounts = paths.path("/var/lib/postgresql/tablespaces");
    if (Files.isDirectory(mounts)) {
      try (var entries = Files.list(mounts)) {
        entries
            .filter(Files::isDirectory)
            .map(mount -> mount.getFileName().toString())
            .forEach(name -> found.put(name, paths.tablespace(name)));
      }
    }
    return found;
  }

  /// The folders that the volumes are mounted at, by what is on them; `pg_wal` is the WAL's folder,
  /// on whichever of them it is.
  public static Map<String, Path> volumes(PodEnvironment pod) {
    var volumes = new TreeMap<String, Path>();
    volumes.put("data", pod.volume());
    volumes.put("pg_wal", pod.pgData().resolve("pg_wal"));
    Path wal = pod.paths().walVolume();
    if (Files.isDirectory(wal)) {
      volumes.put("wal", wal);
    }
    try {
      tablespaces(pod.paths()).forEach((name, folder) -> volumes.put("tablespace/" + name, folder));
    } catch (IOException e) {
      return volumes; // without what can't be listed
    }
    return volumes;
  }

  private static boolean isEmpty(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return true;
    }
    try (var entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }
}
