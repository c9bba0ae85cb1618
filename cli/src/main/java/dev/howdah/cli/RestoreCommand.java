// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Phases;
import dev.howdah.api.rules.TargetTime;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.archive.Stores;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.objectstore.StoreException;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `howdah restore CLUSTER --to TIME`: takes a Cluster back in place.
@Command(
    name = "restore",
    description = {
      "Take a Cluster back to an earlier moment, in place: same name, services and passwords.",
      "All that was committed after that moment is gone from the Cluster then. The data of before is"
          + " kept on the volume for a day; --undo brings it back."
    },
    footer = {"howdah restore app --to '2026-11-21T09:00:00Z'", "howdah restore app --undo"})
final class RestoreCommand implements Callable<Integer> {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.UTC);
  private static final String NOT_NEEDED = "howdah.dev/keptDataNotNeeded";
  private static final Set<String> OVER = Set.of("Completed", "Failed");

  @Spec private CommandSpec spec;
  @Mixin private Connection connection;

  @Parameters(index = "0", paramLabel = "CLUSTER", description = "The Cluster's name.")
  private String clusterName;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      description = "A moment, such as 2026-11-21T09:00:00Z; or latest, the end of the archive.")
  private @Nullable String time;

  @Option(names = "--to-lsn", paramLabel = "LSN", description = "A position of the WAL.")
  private @Nullable String lsn;

  @Option(
      names = "--to-name",
      paramLabel = "NAME",
      description = "A restore point (pg_create_restore_point).")
  private @Nullable String name;

  @Option(names = "--to-xid", paramLabel = "XID", description = "A transaction.")
  private @Nullable String xid;

  @Option(
      names = "--exclusive",
      description = "Stop just before the target rather than just after it.")
  private boolean exclusive;

  @Option(
      names = "--backup",
      paramLabel = "ID",
      description = "Base backup to begin with; alone: to where that backup is consistent.")
  private @Nullable String backup;

  @Option(names = "--undo", description = "Bring back the data that the last restore has kept.")
  private boolean undo;

  @Option(
      names = "--forget",
      description = "Delete what the last restore has kept, now: it is not needed any more.")
  private boolean forget;

  @Option(names = "--yes", description = "Don't ask.")
  private boolean yes;

  @Mixin private Waiting waiting;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    ObjectNode target = target();
    try (var client = connection.open()) {
      ObjectNode cluster = Clusters.named(client, connection.namespace(), clusterName);
      if (forget) {
        return forget(client, cluster, out);
      }
      if (!undo) {
        check(client, cluster, target).forEach(out::println);
      }
      warning(cluster, target).forEach(out::println);
      out.flush();
      if (!yes && !agreed()) {
        out.println("Nothing was changed.");
        return 1;
      }
      ObjectNode restore = client.create(Resource.RESTORES, wanted(cluster, target, Instant.now()));
      out.println("Restore %s begun; deleting it calls it off".formatted(Json.name(restore)));
      out.flush();
      return waiting.leaves() ? 0 : follow(client, restore, cluster, out);
    }
  }

  private int forget(KubeClient client, ObjectNode cluster, PrintWriter out) {
    out.println(
        "What the last restore of %s/%s has kept is deleted; it can't be undone then."
            .formatted(Json.namespace(cluster), clusterName));
    out.flush();
    if (!yes && !agreed()) {
      out.println("Nothing was changed.");
      return 1;
    }
    ObjectNode patch = Json.object();
    patch.withObject("/metadata/annotations").put(NOT_NEEDED, Instant.now().toString());
    client.merge(Resource.CLUSTERS, Json.namespace(cluster), clusterName, patch);
    out.println("The instance deletes it within half a minute.");
    return 0;
  }

  /// `recoveryTarget`; empty for the end of the archive.
  private ObjectNode target() {
    long given = Stream.of(time, lsn, name, xid).filter(t -> t != null).count();
    if (forget && (given > 0 || undo || backup != null)) {
      throw wrong(
          "--forget only deletes what the last restore has kept; give nothing else with it");
    }
    if (forget) {
      return Json.object();
    }
    if (given > 1 || (undo && (given > 0 || backup != null))) {
      throw wrong("give one of --to, --to-lsn, --to-name, --to-xid and --undo");
    }
    if (given == 0 && backup == null && !undo) {
      throw wrong("say where to: --to TIME, --to latest, --to-lsn, --to-name, --backup or --undo");
    }
    ObjectNode target = Json.object();
    if (time != null && !time.equals("latest")) {
      Instant moment =
          TargetTime.parse(time)
              .orElseThrow(() -> wrong("--to " + time + ": write it as 2026-11-21T09:00:00Z"));
      if (moment.isAfter(Instant.now())) {
        throw wrong("--to " + time + " is in the future; nothing is recorded of that yet");
      }
      target.put("targetTime", time);
    }
    if (lsn != null) {
      target.put("targetLSN", lsn);
    }
    if (name != null) {
      target.put("targetName", name);
    }
    if (xid != null) {
      target.put("targetXID", xid);
    }
    if (backup != null) {
      target.put("backupID", backup);
      if (given == 0) {
        target.put("targetImmediate", true);
      }
    }
    if (exclusive) {
      target.put("exclusive", true);
    }
    return target;
  }

  private static ProblemException wrong(String what) {
    return new ProblemException(new Problem("RESTORE_TARGET", what, "See: howdah restore --help"));
  }

  // ---- checks

  /// Looks into the archive before anything is stopped.
  ///
  /// @return what it will be restored from
  private List<String> check(KubeClient client, ObjectNode cluster, ObjectNode target) {
    try (var stores = new Stores(client, Json.namespace(cluster))) {
      StoreSpec own =
          StoreSpec.own(cluster, stores)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "Cluster %s has no archive to restore from; it needs spec.backup.barmanObjectStore, or a plugin with isWALArchiver"
                          .formatted(clusterName)));
      return new RestoreWindow(stores.open(own).store(), own.serverName()).check(target);
    } catch (StoreException e) {
      throw new ProblemException(
          new Problem(
              "OBJECT_STORE",
              "the archive can't be read, so nothing was changed: " + e.getMessage(),
              "Restore when it is reachable again."),
          e);
    } catch (IllegalArgumentException | IOException e) {
      throw new ProblemException(
          new Problem("RESTORE_REFUSED", String.valueOf(e.getMessage()), "Nothing was changed."),
          e);
    }
  }

  private List<String> warning(ObjectNode cluster, ObjectNode target) {
    String instances = cluster.path("status").path("readyInstances").asText("0");
    String until =
        undo
            ? "to what it held before the last restore; what was written since then goes aside"
            : target.has("targetTime")
                ? "to %s; all later commits are gone from it (%s of work)"
                    .formatted(
                        target.path("targetTime").asText(), age(target.path("targetTime").asText()))
                : target.isEmpty()
                    ? "to the end of its archive"
                    : "to %s; all later commits are gone from it".formatted(target);
    return List.of(
        "Cluster %s/%s goes back in place %s."
            .formatted(Json.namespace(cluster), clusterName, until),
        "It is down meanwhile; its %s instance(s) are stopped, standbys are cloned anew."
            .formatted(instances),
        undo
            ? "The present data is kept on the primary's volumes for a day."
            : "The present data is kept on the primary's volumes for a day: howdah restore %s --undo"
                .formatted(clusterName));
  }

  private static String age(String moment) {
    Duration age = Duration.between(TargetTime.parse(moment).orElse(Instant.now()), Instant.now());
    return age.toHours() > 0
        ? "%d h %d min".formatted(age.toHours(), age.toMinutesPart())
        : "%d min %d s".formatted(age.toMinutes(), age.toSecondsPart());
  }

  private boolean agreed() {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw new ProblemException(
          new Problem(
              "NOT_CONFIRMED",
              "there is nobody to ask, and --yes was not given",
              "Nothing was changed.",
              "Add --yes if it is meant."));
    }
    String answer = console.readLine("Type the Cluster's name to go on: ");
    return clusterName.equals(answer == null ? "" : answer.strip());
  }

  // ---- the Restore

  private ObjectNode wanted(ObjectNode cluster, ObjectNode target, Instant now) {
    ObjectNode restore =
        Json.object(
            Resource.RESTORES,
            Json.namespace(cluster),
            "%s-%s-%s".formatted(clusterName, undo ? "undo" : "restore", STAMP.format(now)));
    ObjectNode wanted = restore.putObject("spec");
    wanted.putObject("cluster").put("name", clusterName);
    if (undo) {
      wanted.put("undo", true);
    } else if (!target.isEmpty()) {
      wanted.set("recoveryTarget", target);
    }
    return restore;
  }

  private int follow(KubeClient client, ObjectNode restore, ObjectNode cluster, PrintWriter out)
      throws InterruptedException {
    var steps = new Steps(out);
    ObjectNode end =
        waiting
            .following(client, Resource.RESTORES)
            .until(
                restore,
                r -> OVER.contains(phase(r)),
                r -> steps.tell(phase(r), r.path("status").path("message").asText("")));
    if (!phase(end).equals("Completed")) {
      throw new ProblemException(
          new Problem(
              "RESTORE_FAILED",
              end.path("status").path("message").asText("it failed"),
              "See: kubectl get restore %s -n %s -o yaml"
                  .formatted(Json.name(end), Json.namespace(end))));
    }
    JsonNode outcome = end.path("status").path("outcome");
    if (outcome.hasNonNull("newestCommit")) {
      out.println("The newest commit there is of " + outcome.path("newestCommit").asText());
    }
    out.flush();
    waiting
        .following(client, Resource.CLUSTERS)
        .until(
            client.get(Resource.CLUSTERS, Json.namespace(cluster), clusterName),
            c -> phase(c).equals(Phases.HEALTHY),
            c -> steps.tell(phase(c), c.path("status").path("phaseReason").asText("")));
    return 0;
  }

  private static String phase(JsonNode restore) {
    return restore.path("status").path("phase").asText("");
  }
}
