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
    return archive.with(this::list);
  }

  private int list(Archive.Opened opened) {
    var out = spec.commandLine().getOut();
    var rows = Backups.read(opened.store(), opened.serverName());
    if (output.isJson()) {
      var all = Json.mapper().createArrayNode();
      rows.forEach(r -> all.add(Backups.json(r)));
      out.println(all.toPrettyString());
      return 0;
    }
    if (rows.isEmpty()) {
      out.println(
          "There is no backup of %s in %s"
              .formatted(opened.serverName(), opened.store().location()));
      return 0;
    }
    var table = new ArrayList<List<String>>();
    table.add(
        List.of("ID", "NAME", "STATUS", "ENDED", "TOOK", "SIZE", "STORED", "TIMELINE", "WAL"));
    for (var row : rows) {
      var info = row.info();
      var summary = row.summary();
      table.add(
          List.of(
              info.id(),
              info.name() == null ? "-" : info.name(),
              info.status() + (row.entry().keep() == BackupCatalog.Keep.NO ? "" : " (kept)"),
              Backups.time(info.endTime()),
              Backups.duration(info.beginTime(), info.endTime()),
              summary == null ? "-" : Tables.bytes(summary.rawBytes()),
              Tables.bytes(row.storedBytes()),
              Long.toString(info.timeline()),
              info.beginWal()));
    }
    Tables.aligned(table).forEach(out::println);
    var done = rows.stream().filter(r -> r.info().isDone()).toList();
    if (!done.isEmpty()) {
      out.println(
          "Recoverable from %s on; howdah wal show says up to when."
              .formatted(Backups.time(done.getFirst().info().endTime())));
    }
    return 0;
  }
}
