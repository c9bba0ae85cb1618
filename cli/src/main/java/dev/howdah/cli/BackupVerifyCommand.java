// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.verify.Verification;
import dev.howdah.backup.verify.WalContent;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "verify",
    description = {
      "Check that backups and their WAL can be restored from.",
      "Backups are read to their end, and every file is compared with what was backed up; all WAL"
          + " behind them is read, each page and record of it; it has to lead without a gap from each"
          + " backup to the archive's last moment."
    },
    footer = {
      "howdah backup verify app latest",
      "howdah backup verify s3://bucket/backups/app --quick"
    })
final class BackupVerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Archive archive;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "BACKUP",
      description = "An id, a name, latest or oldest; default: all.")
  private @Nullable String backup;

  @Option(
      names = "--quick",
      description = "Look at names and sizes only; read nothing of the backups' content.")
  private boolean quick;

  @Mixin private OutputOption output;

  @Override
  public Integer call() throws IOException {
    return archive.with(this::verify);
  }

  private int verify(Archive.Opened opened) throws IOException {
    var out = spec.commandLine().getOut();
    var catalog = new BackupCatalog(opened.store(), opened.serverName());
    var listing = catalog.list();
    List<BackupInfo> chosen =
        backup == null
            ? listing.entries().stream()
                .map(BackupCatalog.Entry::info)
                .filter(BackupInfo::isDone)
                .toList()
            : List.of(Backups.chosen(listing, backup));
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no backup of %s in %s to verify"
              .formatted(opened.serverName(), opened.store().location()));
    }
    var verification = new Verification(opened.store(), opened.serverName());
    var all = Json.mapper().createArrayNode();
    boolean good = listing.unreadable().isEmpty();
    listing.unreadable().forEach(u -> spec.commandLine().getErr().println("unreadable: " + u));
    for (var info : chosen) {
      Verification.Result result;
      long total = catalog.summary(info.id()).map(s -> s.rawBytes()).orElse(0L);
      try (var bar =
          new ProgressBar(
              spec.commandLine().getErr(), "verifying " + info.id(), quick ? 0 : total)) {
        result = verification.verify(info, !quick, bar::add);
      }
      good &= result.isGood();
      if (output.isJson()) {
        var node = all.addObject();
        node.put("id", info.id()).put("good", result.isGood()).put("files", result.files());
        node.set("wal", Backups.json(result.coverage()));
        var problems = node.putArray("problems");
        result.problems().forEach(problems::add);
      } else {
        out.println(
            "%s  %s: %s WAL to %s"
                .formatted(
                    result.isGood() ? "good" : "BAD ",
                    info.id(),
                    quick ? "sizes," : result.files() + " files,",
                    result.coverage().last().isEmpty() ? "nowhere" : result.coverage().last()));
        result.problems().forEach(p -> out.println("      " + p));
      }
    }
    WalContent.Result wal = quick ? null : readWal(opened, chosen);
    good &= wal == null || wal.problems().isEmpty();
    if (output.isJson()) {
      out.println(json(all, wal).toPrettyString());
    } else if (wal != null) {
      out.println(
          "%s  WAL: %d files, %s"
              .formatted(
                  wal.problems().isEmpty() ? "good" : "BAD ",
                  wal.files(),
                  Tables.bytes(wal.bytes())));
      wal.problems().forEach(p -> out.println("      " + p));
    }
    return good ? 0 : 1;
  }

  /// All that the chosen backups can need, of whatever timeline.
  private WalContent.Result readWal(Archive.Opened opened, List<BackupInfo> chosen)
      throws IOException {
    var first =
        chosen.stream()
            .min(Comparator.comparing(info -> info.beginWal().substring(8)))
            .orElseThrow();
    var content =
        new WalContent(
            opened.store(), opened.serverName(), first.segmentSizeBytes(), first.systemId());
    try (var bar =
        new ProgressBar(
            spec.commandLine().getErr(), "verifying WAL", content.storedBytes(first.beginWal()))) {
      return content.verify(first.beginWal(), bar::add);
    }
  }

  private static ObjectNode json(ArrayNode backups, WalContent.@Nullable Result wal) {
    var root = Json.object();
    root.set("backups", backups);
    if (wal != null) {
      var node = root.putObject("wal").put("good", wal.problems().isEmpty());
      node.put("files", wal.files()).put("bytes", wal.bytes());
      var problems = node.putArray("problems");
      wal.problems().forEach(problems::add);
    }
    return root;
  }
}
