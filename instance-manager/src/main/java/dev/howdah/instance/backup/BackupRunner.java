// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.kube.Watch;
import dev.howdah.kube.WatchEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes the backups that the operator has given to this pod: follows the Backups of the namespace
/// and runs a process for each that is ours. A Backup that is deleted meanwhile is cancelled.
public final class BackupRunner {
  private static final Logger LOG = LoggerFactory.getLogger(BackupRunner.class);
  private static final Duration CALL = Duration.ofSeconds(5);
  private static final Duration CLEAN_UP = Duration.ofSeconds(35);

  private final KubeClient kube;
  private final PodEnvironment pod;
  private final String session;
  private final Map<String, Process> running = new HashMap<>();
  private final Set<String> returning = ConcurrentHashMap.newKeySet();

  /// @param session of this instance manager, as its status says
  public BackupRunner(KubeClient kube, PodEnvironment pod, String session) {
    this.kube = kube.deadline(CALL);
    this.pod = pod;
    this.session = session;
  }

  /// Begins to follow.
  public Watch start() {
    return kube.watch(Resource.BACKUPS, pod.namespace(), Selection.ALL, this::changed);
  }

  /// Whether a backup is being taken here.
  public synchronized boolean isBusy() {
    return running.values().stream().anyMatch(Process::isAlive);
  }

  private void changed(WatchEvent event) {
    switch (event) {
      case WatchEvent.Listed(var objects) -> {
        var there = objects.stream().map(Json::uid).toList();
        objects.forEach(this::consider);
        synchronized (this) {
          running.forEach((uid, process) -> {
            if (!there.contains(uid)) {
              cancel(process);
            }
          });
        }
      }
      case WatchEvent.Upserted(var object) -> consider(object);
      case WatchEvent.Deleted(var object) -> {
        synchronized (this) {
          Process process = running.get(Json.uid(object));
          if (process != null) {
            LOG.atInfo().addKeyValue("backup", Json.name(object)).log("backup cancelled");
            cancel(process);
          }
        }
      }
      case WatchEvent.Failed(var cause, _) ->
          LOG.atDebug().addKeyValue("error", cause.getMessage()).log("Backup watch broken");
    }
  }

  private void consider(ObjectNode backup) {
    JsonNode status = backup.path("status");
    JsonNode instance = status.path("instanceID");
    boolean ours =
        backup.path("spec").path("cluster").path("name").asText("").equals(pod.cluster())
            && instance.path("podName").asText("").equals(pod.pod());
    if (!ours) {
      return;
    }
    String taking = instance.path("sessionID").asText("");
    if (!taking.isEmpty() && !taking.equals(session) && isAtWork(status)) {
      giveBack(backup);
    }
    if (!taking.isEmpty() || !status.path("phase").asText("").equals("started")) {
      return;
    }
    synchronized (this) {
      String uid = Json.uid(backup);
      if (!running.containsKey(uid)) {
        try {
          Process process = start(backup);
          running.put(uid, process);
          process.onExit().thenAccept(ended -> ended(backup, ended.exitValue()));
        } catch (IOException e) {
          fail(backup, "the backup's process can't be started: " + e.getMessage());
        }
      }
    }
  }

  private static boolean isAtWork(JsonNode status) {
    return List.of("started", "running").contains(status.path("phase").asText(""));
  }

  /// An earlier run of this instance manager took it: the operator may have it begun anew once its
  /// process has ended, which first takes away what it has stored.
  private void giveBack(ObjectNode backup) {
    String earlier = backup.at("/status/instanceID/sessionID").asText("");
    if (!returning.add(Json.uid(backup) + earlier)) {
      return;
    }
    Thread.startVirtualThread(() -> {
      try {
        LeftProcesses.end(Json.name(backup), earlier, CLEAN_UP);
        tell(
            backup,
            earlier,
            object -> object.givenBack("the instance manager of " + pod.pod() + " ended"));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        returning.remove(Json.uid(backup) + earlier);
      }
    });
  }

  private Process start(ObjectNode backup) throws IOException {
    var command =
        new ProcessBuilder(
                pod.all().getOrDefault("HOWDAH_MANAGER", ""),
                "backup",
                Json.name(backup),
                "--session",
                session)
            .directory(Path.of("/").toFile())
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    command.environment().remove("HOWDAH_GUARD");
    LOG.atInfo().addKeyValue("backup", Json.name(backup)).log("taking a backup");
    return command.start();
  }

  private void ended(ObjectNode backup, int code) {
    synchronized (this) {
      running.remove(Json.uid(backup));
    }
    if (code != 0) {
      fail(backup, "the backup's process ended with code " + code);
    }
  }

  /// Where the process itself could not say how it ended.
  private void fail(ObjectNode backup, String why) {
    Thread.startVirtualThread(() -> tell(backup, session, object -> object.failed(why)));
  }

  private interface Outcome {
    void write(BackupObject object) throws InterruptedException;
  }

  /// @param as the run that took it
  private void tell(ObjectNode backup, String as, Outcome outcome) {
    try {
      ObjectNode now =
          BackupObject.read(kube, Resource.BACKUPS, pod.namespace(), Json.name(backup));
      if (Json.uid(now).equals(Json.uid(backup))) { // not another one of the same name
        outcome.write(new BackupObject(kube, pod.namespace(), now, as));
      }
    } catch (KubeException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("outcome not written");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void cancel(Process process) {
    Thread.startVirtualThread(() -> {
      try {
        process.getOutputStream().close(); // it takes away what it has stored, and ends
        if (!process.waitFor(CLEAN_UP.toMillis(), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly();
        }
      } catch (IOException e) {
        process.destroyForcibly();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
  }
}
