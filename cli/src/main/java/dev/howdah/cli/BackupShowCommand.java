// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.verify.Verification;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "show",
    description = "Show one backup: what it holds, and what its WAL reaches.",
    footer = "howdah backup show app latest")
final class BackupShowCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Archive archive;

  @Parameters(index = "1", paramLabel = "BACKUP", description = "An id, a name, latest or oldest.")
  private String backup;

  @Mixin private OutputOption output;

  @Override
  public Integer call() throws IOException {
    for (var snapshot : archive.snapshots()) {
      if (snapshot.name().equals(backup)) {
        return show(snapshot);
      }
    }
    return archive.with(this::show);
  }

  private int show(SnapshotBackup snapshot) {
    var out = spec.commandLine().getOut();
    var json = snapshot.json();
    if (output.isJson()) {
      out.println(json.toPrettyString());
      return 0;
    }
    values(json);
    json.path("volumes")
        .forEach(v ->
            out.println(
                "  %-18s %s (%s), %s%s"
                    .formatted(
                        "VolumeSnapshot",
                        v.path("name").asText(),
                        v.path("role").asText(),
                        v.path("size").asText(),
                        v.path("readyToUse").asBoolean() ? "" : ", not ready to use")));
    return 0;
  }

  private void values(ObjectNode json) {
    json.properties()
        .forEach(p -> {
          if (p.getValue().isValueNode()) {
            spec.commandLine()
                .getOut()
                .println("  %-18s %s".formatted(p.getKey(), p.getValue().asText()));
          }
        });
  }

  private int show(Archive.Opened opened) throws IOException {
    var out = spec.commandLine().getOut();
    var rows = Backups.read(opened.store(), opened.serverName());
    var info =
        Backups.chosen(
            new dev.howdah.backup.catalog.BackupCatalog(opened.store(), opened.serverName()).list(),
            backup);
    var row = rows.stream().filter(r -> r.info().id().equals(info.id())).findFirst().orElseThrow();
    var coverage = new Verification(opened.store(), opened.serverName()).coverage(info);
    var json = Backups.json(row);
    json.set("wal", Backups.json(coverage));
    if (output.isJson()) {
      out.println(json.toPrettyString());
      return 0;
    }
    values(json);
    info.tablespaces()
        .forEach(
            t -> out.println("  %-18s %s at %s".formatted("tablespace", t.name(), t.location())));
    out.println(
        "  %-18s %s to %s, timeline %s%s"
            .formatted(
                "wal reaches",
                info.beginWal(),
                coverage.last().isEmpty() ? "nowhere" : coverage.last(),
                coverage.target(),
                coverage.gaps().isEmpty() ? "" : ", then " + coverage.gaps().size() + " gap(s)"));
    return 0;
  }
}
