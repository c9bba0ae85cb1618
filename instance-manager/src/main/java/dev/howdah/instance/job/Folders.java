// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.volume.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;

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
    boolean archive = plugin || spec.path("backup").path("barmanObjectStore").isObject();
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
}
