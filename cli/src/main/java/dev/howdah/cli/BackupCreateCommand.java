// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "create",
    description = {
      "Take a backup of a Cluster now, and show how it goes.",
      "It is done when the backup is complete and safe in its place."
    },
    footer = {
      "howdah backup create app",
      "howdah backup create app --name before-migration --target primary",
      "howdah backup create app --method volumeSnapshot --online false"
    })
final class BackupCreateCommand implements Callable<Integer> {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.UTC);
  private static final String PLUGIN = "barman-cloud.cloudnative-pg.io";
  private static final Set<String> OVER =
      Set.of("completed", "failed", "invalid backup definition");

  @Spec private CommandSpec spec;
  @Mixin private Connection connection;

  @Parameters(index = "0", paramLabel = "CLUSTER", description = "The Cluster's name.")
  private String clusterName;

  @Option(
      names = {"--name", "--backup-name"},
      paramLabel = "NAME",
      description = "Of the Backup (default: the Cluster's with the time).")
  private @Nullable String name;

  @Option(
      names = {"-m", "--method"},
      paramLabel = "METHOD",
      description =
          "barmanObjectStore, plugin or volumeSnapshot (default: as the Cluster is set up).")
  private @Nullable String method;

  @Option(
      names = {"-t", "--backup-target", "--target"},
      paramLabel = "primary|prefer-standby",
      description = "Which instance takes it (default: as the Cluster says).")
  private @Nullable String target;

  @Option(
      names = "--online",
      paramLabel = "true|false",
      arity = "1",
      description = "For snapshots: whether the server goes on meanwhile.")
  private @Nullable Boolean online;

  @Option(
      names = "--immediate-checkpoint",
      paramLabel = "true|false",
      arity = "1",
      description = "For snapshots online: whether to begin at once rather than sparing the disk.")
  private @Nullable Boolean immediateCheckpoint;

  @Option(
      names = "--wait-for-archive",
      paramLabel = "true|false",
      arity = "1",
      description = "For snapshots online: whether their WAL has to be archived.")
  private @Nullable Boolean waitForArchive;

  @Mixin private Waiting waiting;

  @Override
  public Integer call() throws InterruptedException {
    var out = spec.commandLine().getOut();
    try (var client = connection.open()) {
      var cluster = Clusters.named(client, connection.namespace(), clusterName);
      ObjectNode backup = create(client, wanted(cluster));
      out.println("Backup %s of Cluster %s asked for".formatted(Json.name(backup), clusterName));
      out.flush();
      if (waiting.leaves()) {
        return 0;
      }
      ObjectNode end;
      try (var progress = new BackupProgress(out)) {
        end =
            waiting
                .following(client, Resource.BACKUPS)
                .until(backup, b -> OVER.contains(phase(b)), progress::seen);
      }
      return result(end);
    }
  }

  private ObjectNode wanted(ObjectNode cluster) {
    String chosen = name == null ? clusterName + "-" + STAMP.format(Instant.now()) : name;
    ObjectNode backup = Json.object(Resource.BACKUPS, Json.namespace(cluster), chosen);
    backup.withObject("/metadata/labels").put("cnpg.io/cluster", clusterName);
    ObjectNode wanted = backup.putObject("spec");
    wanted.putObject("cluster").put("name", clusterName);
    String how = method == null ? method(cluster) : method;
    wanted.put("method", how);
    if (how.equals("plugin")) {
      wanted.putObject("pluginConfiguration").put("name", PLUGIN);
    }
    if (target != null) {
      wanted.put("target", target);
    }
    if (online != null) {
      wanted.put("online", online);
    }
    if (immediateCheckpoint != null) {
      wanted.withObject("/onlineConfiguration").put("immediateCheckpoint", immediateCheckpoint);
    }
    if (waitForArchive != null) {
      wanted.withObject("/onlineConfiguration").put("waitForArchive", waitForArchive);
    }
    return backup;
  }

  /// What the Cluster is set up for: its own store, a store by the plugin, snapshots.
  static String method(JsonNode cluster) {
    JsonNode backup = cluster.path("spec").path("backup");
    if (backup.path("barmanObjectStore").isObject()) {
      return "barmanObjectStore";
    }
    for (JsonNode plugin : cluster.path("spec").path("plugins")) {
      if (plugin.path("name").asText("").equals(PLUGIN) && plugin.path("enabled").asBoolean(true)) {
        return "plugin";
      }
    }
    if (backup.path("volumeSnapshot").isObject()) {
      return "volumeSnapshot";
    }
    throw new ProblemException(
        new Problem(
            "NO_BACKUP_CONFIGURED",
            "Cluster %s says nowhere where its backups go".formatted(Json.name(cluster)),
            "Add spec.backup.barmanObjectStore to it, or the plugin %s with an ObjectStore"
                .formatted(PLUGIN)));
  }

  private static ObjectNode create(KubeClient client, ObjectNode backup) {
    try {
      return client.create(Resource.BACKUPS, backup);
    } catch (KubeException e) {
      if (e.isAlreadyExists()) {
        throw new ProblemException(
            new Problem(
                "BACKUP_EXISTS",
                "there is a Backup %s already".formatted(Json.name(backup)),
                "Choose another name with --name."),
            e);
      }
      if (e.code() == 422 || e.code() == 400 || e.isForbidden()) {
        throw new ProblemException(
            new Problem(
                "BACKUP_REFUSED",
                String.valueOf(e.getMessage()),
                "Correct the options and try again."),
            e);
      }
      throw e;
    }
  }

  private static String phase(JsonNode backup) {
    return backup.path("status").path("phase").asText("");
  }

  private int result(ObjectNode backup) {
    JsonNode status = backup.path("status");
    if (!phase(backup).equals("completed")) {
      throw new ProblemException(
          new Problem(
              "BACKUP_FAILED",
              "Backup %s %s: %s"
                  .formatted(Json.name(backup), phase(backup), status.path("error").asText("")),
              "What was stored of it was taken away again. Remove the cause, and try again."));
    }
    summary(backup).forEach(spec.commandLine().getOut()::println);
    return 0;
  }

  /// What a completed Backup is, for a person.
  static java.util.List<String> summary(JsonNode backup) {
    JsonNode status = backup.path("status");
    long bytes = status.path("pluginMetadata").path("howdah.dev/copiedBytes").asLong(0);
    var lines = new java.util.ArrayList<String>();
    lines.add(
        "Backup %s completed in %s on %s: %s"
            .formatted(
                backup.path("metadata").path("name").asText(""),
                Backups.duration(
                    time(status.path("startedAt").asText("")),
                    time(status.path("stoppedAt").asText(""))),
                status.path("instanceID").path("podName").asText("-"),
                bytes == 0 ? "size unknown" : Tables.bytes(bytes)));
    if (!status.path("backupId").asText("").isEmpty()) {
      lines.add("  id     " + status.path("backupId").asText(""));
    }
    if (!status.path("destinationPath").asText("").isEmpty()) {
      lines.add(
          "  place  %s/%s"
              .formatted(
                  status.path("destinationPath").asText("").replaceAll("/+$", ""),
                  status.path("serverName").asText("")));
    }
    for (JsonNode snapshot : status.path("snapshotBackupStatus").path("elements")) {
      lines.add(
          "  VolumeSnapshot %s (%s)"
              .formatted(snapshot.path("name").asText(""), snapshot.path("type").asText("")));
    }
    if (!status.path("beginLSN").asText("").isEmpty()) {
      lines.add(
          "  LSN    %s to %s"
              .formatted(status.path("beginLSN").asText(""), status.path("endLSN").asText("")));
      lines.add(
          "  WAL    %s to %s"
              .formatted(status.path("beginWal").asText(""), status.path("endWal").asText("")));
    }
    return lines;
  }

  private static @Nullable Instant time(String text) {
    try {
      return text.isEmpty() ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
