// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.verify.Verification;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "wal",
    description = "Look at the WAL archive.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = WalCommand.Show.class)
final class WalCommand {
  @Command(
      name = "show",
      description = "Show what WAL an archive holds, by timeline, and what each backup can reach.",
      footer = "howdah wal show app")
  static final class Show implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private Archive archive;

    @Mixin private OutputOption output;

    /// The segments of one timeline.
    private static final class Timeline {
      String first = "";
      String last = "";
      long files;
      long bytes;
      long newest;
    }

    @Override
    public Integer call() throws IOException {
      return archive.with(this::show);
    }

    private int show(Archive.Opened opened) throws IOException {
      var timelines = timelines(opened);
      var verification = new Verification(opened.store(), opened.serverName());
      var done = new BackupCatalog(opened.store(), opened.serverName()).list().done();
      var out = spec.commandLine().getOut();
      if (output.isJson()) {
        var root = Json.object();
        var array = root.putArray("timelines");
        timelines.forEach((id, t) ->
            array
                .addObject()
                .put("timeline", id)
                .put("first", t.first)
                .put("last", t.last)
                .put("files", t.files)
                .put("storedBytes", t.bytes)
                .put("lastArchived", Instant.ofEpochMilli(t.newest).toString()));
        var backups = root.putArray("backups");
        done.forEach(e ->
            backups
                .addObject()
                .put("id", e.info().id())
                .set("wal", Backups.json(verification.coverage(e.info()))));
        out.println(root.toPrettyString());
        return done.stream().allMatch(e -> verification.coverage(e.info()).gaps().isEmpty())
            ? 0
            : 1;
      }
      if (timelines.isEmpty()) {
        out.println(
            "There is no WAL of %s in %s"
                .formatted(opened.serverName(), opened.store().location()));
        return 0;
      }
      var table = new ArrayList<List<String>>();
      table.add(List.of("TIMELINE", "FIRST", "LAST", "FILES", "STORED", "LAST ARCHIVED"));
      timelines.forEach((id, t) ->
          table.add(
              List.of(
                  Long.toString(id),
                  t.first,
                  t.last,
                  Long.toString(t.files),
                  Tables.bytes(t.bytes),
                  Backups.time(Instant.ofEpochMilli(t.newest)))));
      Tables.aligned(table).forEach(out::println);
      boolean whole = true;
      for (var entry : done) {
        var coverage = verification.coverage(entry.info());
        whole &= coverage.gaps().isEmpty();
        out.println(
            "  backup %s: %d segments without a gap, to %s%s"
                .formatted(
                    entry.info().id(),
                    coverage.segments(),
                    coverage.last().isEmpty() ? "nowhere" : coverage.last(),
                    coverage.gaps().isEmpty()
                        ? ""
                        : "; missing: "
                            + coverage.gaps().stream()
                                .map(g -> g.from() + " to " + g.to())
                                .toList()));
      }
      return whole ? 0 : 1;
    }

    private static TreeMap<Long, Timeline> timelines(Archive.Opened opened) {
      var timelines = new TreeMap<Long, Timeline>();
      opened
          .store()
          .list(
              opened.serverName() + "/wals/",
              object -> {
                var file = WalFile.ofKey(object.key()).orElse(null);
                if (file == null) {
                  return;
                }
                var t = timelines.computeIfAbsent(file.timeline(), _ -> new Timeline());
                t.files++;
                t.bytes += object.sizeBytes();
                if (file.kind() == WalFile.Kind.SEGMENT) {
                  t.newest = Math.max(t.newest, object.modifiedEpochMillis());
                  t.first =
                      t.first.isEmpty() || file.name().compareTo(t.first) < 0
                          ? file.name()
                          : t.first;
                  t.last = file.name().compareTo(t.last) > 0 ? file.name() : t.last;
                }
              });
      return timelines;
    }
  }
}
