// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "list",
    description = "List the backups of an archive, ours and other tools', with sizes and window.",
    footer = {"howdah backup list app", "howdah backup list s3://bucket/backups/app"})
final class BackupListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Archive archive;

  @Mixin private OutputOption output;

  @Override
  public Integer call() throws IOException {
    var snapshots = archive.snapshots();
    if (!snapshots.isEmpty() && !archive.hasStore()) {
      print(List.of(), snapshots);
      return 0;
    }
    return archive.with(opened -> {
      var rows = Backups.read(opened.store(), opened.serverName());
      if (rows.isEmpty() && snapshots.isEmpty() && !output.isJson()) {
        spec.commandLine()
            .getOut()
            .println(
                "There is no backup of %s in %s"
                    .formatted(opened.serverName(), opened.store().location()));
      } else {
        print(rows, snapshots);
      }
      return 0;
    });
  }

  private void print(List<Backups.Row> rows, List<SnapshotBackup> snapshots) {
    var out = spec.commandLine().getOut();
    if (output.isJson()) {
      var all = Json.mapper().createArrayNode();
      rows.forEach(r -> all.add(Backups.json(r)));
      snapshots.forEach(s -> all.add(s.json()));
      out.println(all.toPrettyString());
      return;
    }
    var table = new ArrayList<List<String>>();
    table.add(
        List.of("ID", "NAME", "STATUS", "ENDED", "TOOK", "SIZE", "STORED", "TIMELINE", "WAL"));
    rows.forEach(row -> table.add(cells(row)));
    snapshots.forEach(snapshot -> table.add(cells(snapshot)));
    Tables.aligned(table).forEach(out::println);
    rows.stream()
        .filter(Backups.Row::isRestorable)
        .findFirst()
        .ifPresent(first ->
            out.println(
                "Recoverable from %s on; howdah wal show says up to when."
                    .formatted(Backups.time(first.info().endTime()))));
    if (!snapshots.isEmpty()) {
      out.println(
          "A SNAPSHOT is recovered by bootstrap.recovery.volumeSnapshots: to its end, or with the"
              + " archive as source to any later moment.");
    }
  }

  private static List<String> cells(Backups.Row row) {
    var info = row.info();
    var summary = row.summary();
    return List.of(
        info.id(),
        info.name() == null ? "-" : info.name(),
        row.status() + (row.entry().keep() == BackupCatalog.Keep.NO ? "" : " (kept)"),
        Backups.time(info.endTime()),
        Backups.duration(info.beginTime(), info.endTime()),
        summary == null ? "-" : Tables.bytes(summary.rawBytes()),
        Tables.bytes(row.storedBytes()),
        Long.toString(info.timeline()),
        info.beginWal());
  }

  private static List<String> cells(SnapshotBackup snapshot) {
    return List.of(
        "-",
        snapshot.name(),
        snapshot.status(),
        Backups.time(snapshot.ended()),
        Backups.duration(snapshot.began(), snapshot.ended()),
        "-",
        "-",
        snapshot.timeline(),
        snapshot.beginWal());
  }
}
