// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.Cleaning;
import dev.howdah.core.retention.RetentionPolicy;
import dev.howdah.kube.KubeException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
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
    name = "delete",
    description = {
      "Delete a backup, or those that a retention policy lets go.",
      "The WAL that nobody needs then goes as well.",
      "Without --yes only says what would go."
    },
    footer = {
      "howdah backup delete app 20261121T090000            # only says what would go",
      "howdah backup delete app --policy 30d --leftovers --yes"
    })
final class BackupDeleteCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Archive archive;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "BACKUP",
      description = "An id, a name, latest or oldest.")
  private @Nullable String backup;

  @Option(
      names = "--policy",
      paramLabel = "POLICY",
      description =
          "Instead of one backup: 30d, 4w, 2m, or \"REDUNDANCY 3\"; \"cluster\" for that of the"
              + " manifest.")
  private @Nullable String policy;

  @Option(names = "--yes", description = "Delete; otherwise only say what would go.")
  private boolean yes;

  @Option(
      names = "--leftovers",
      description = "Also remove what backups that were never completed left more than a day ago.")
  private boolean leftovers;

  @Override
  public Integer call() throws IOException {
    return archive.with(this::delete);
  }

  private int delete(Archive.Opened opened) {
    if ((backup == null) == (policy == null)) {
      throw new IllegalArgumentException("give either a BACKUP or --policy");
    }
    var out = spec.commandLine().getOut();
    var cleaning = new Cleaning(opened.store(), opened.serverName(), opened.snapshots().get());
    var now = Instant.now();
    Cleaning.Plan plan;
    if (backup != null) {
      var listing = new BackupCatalog(opened.store(), opened.serverName()).list();
      plan = cleaning.planOf(List.of(Backups.chosen(listing, backup).id()), now);
    } else {
      var text = "cluster".equals(policy) ? opened.retention() : String.valueOf(policy);
      plan = cleaning.plan(RetentionPolicy.parse(text), now);
    }
    var rest = leftovers ? cleaning.leftovers(now.minus(Duration.ofDays(1))) : List.<String>of();
    plan.reasons().forEach(r -> out.println("  " + r));
    plan.locked().forEach(l -> out.println("  " + l + ": it stays"));
    var what =
        "%d backup(s) %s and %d WAL file(s), %s%s"
            .formatted(
                plan.backups().size(),
                plan.backups(),
                plan.walKeys().size(),
                Tables.bytes(plan.bytes()),
                rest.isEmpty() ? "" : ", and %d leftover object(s)".formatted(rest.size()));
    if (!yes) {
      out.println("Would delete " + what + "; delete with --yes");
      return 0;
    }
    var stay = cleaning.delete(plan);
    opened.store().delete(rest);
    if (leftovers) {
      opened.store().abandonUploads(opened.serverName() + "/", now.minus(Duration.ofDays(1)));
    }
    var gone = plan.backups().stream().filter(id -> !stay.contains(id)).toList();
    out.println(
        stay.isEmpty()
            ? "Deleted " + what
            : "Deleted backups %s; %s and all WAL stay: an incremental backup was built on them just now, or somebody else is deleting them. Look with howdah backup list; delete an incremental one first"
                .formatted(gone, String.join(", ", stay)));
    try {
      opened.deleted().accept(gone);
    } catch (KubeException e) {
      out.println(
          "The Cluster's status says so within half an hour; it can't be written now: "
              + e.getMessage());
    }
    return stay.isEmpty() ? 0 : 1;
  }
}
