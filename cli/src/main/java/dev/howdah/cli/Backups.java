// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.catalog.BackupSummary;
import dev.howdah.core.retention.WalCoverage;
import dev.howdah.kube.Json;
import dev.howdah.objectstore.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What is printed of backups.
final class Backups {
  private Backups() {}

  /// @param storedBytes all objects of the backup
  /// @param lacks the backup that it builds on, if that is gone; else empty
  record Row(
      BackupCatalog.Entry entry, long storedBytes, @Nullable BackupSummary summary, String lacks) {
    BackupInfo info() {
      return entry.info();
    }

    boolean isRestorable() {
      return info().isDone() && lacks.isEmpty();
    }

    String status() {
      return lacks.isEmpty() ? String.valueOf(info().status()) : "LACKS " + lacks;
    }
  }

  static List<Row> read(ObjectStore store, String serverName) {
    var catalog = new BackupCatalog(store, serverName);
    var rows = new ArrayList<Row>();
    var listing = catalog.list();
    for (var entry : listing.entries()) {
      var bytes = new long[1];
      store.list(catalog.folder(entry.info().id()), o -> bytes[0] += o.sizeBytes());
      rows.add(
          new Row(
              entry,
              bytes[0],
              catalog.summary(entry.info().id()).orElse(null),
              listing.lacks(entry)));
    }
    return rows;
  }

  /// One backup by its id, its name, `latest` or `oldest`.
  static BackupInfo chosen(BackupCatalog.Listing listing, String wanted) {
    var done = listing.done();
    var match =
        switch (wanted) {
          case "latest", "last" ->
              done.isEmpty() ? List.<BackupCatalog.Entry>of() : List.of(done.getLast());
          case "oldest", "first" ->
              done.isEmpty() ? List.<BackupCatalog.Entry>of() : List.of(done.getFirst());
          default ->
              listing.entries().stream()
                  .filter(e -> e.info().id().equals(wanted) || wanted.equals(e.info().name()))
                  .toList();
        };
    if (match.size() != 1) {
      throw new IllegalArgumentException(
          match.isEmpty()
              ? "there is no backup %s; howdah backup list shows those there are".formatted(wanted)
              : "several backups are called %s; give the id".formatted(wanted));
    }
    return match.getFirst().info();
  }

  static String time(@Nullable Instant time) {
    return time == null ? "-" : time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static String duration(@Nullable Instant from, @Nullable Instant to) {
    if (from == null || to == null) {
      return "-";
    }
    var d = Duration.between(from, to);
    return d.toMinutes() < 1
        ? String.format(Locale.ROOT, "%.1f s", d.toMillis() / 1000.0)
        : d.toHours() < 1
            ? "%d min %d s".formatted(d.toMinutes(), d.toSecondsPart())
            : "%d h %d min".formatted(d.toHours(), d.toMinutesPart());
  }

  static ObjectNode json(Row row) {
    var info = row.info();
    var node = Json.object();
    node.put("id", info.id()).put("name", info.name()).put("status", row.status());
    node.put("beginTime", time(info.beginTime())).put("endTime", time(info.endTime()));
    node.put("beginWal", info.beginWal()).put("endWal", info.endWal());
    node.put("beginLsn", String.valueOf(info.beginLsn()));
    node.put("endLsn", String.valueOf(info.endLsn()));
    node.put("timeline", info.timeline()).put("postgresMajor", info.major());
    node.put("systemIdentifier", info.systemId()).put("storedBytes", row.storedBytes());
    node.put("keep", row.entry().keep().name().toLowerCase(Locale.ROOT));
    if (!info.parent().isEmpty()) {
      node.put("parent", info.parent());
    }
    var summary = row.summary();
    if (summary != null) {
      node.put("rawBytes", summary.rawBytes()).put("files", summary.files());
      node.put("checkedPages", summary.checkedPages()).put("damagedPages", summary.damagedPages());
      var damaged = node.putArray("damaged");
      summary.damaged().forEach(damaged::add);
    }
    var tablespaces = node.putArray("tablespaces");
    info.tablespaces()
        .forEach(t ->
            tablespaces
                .addObject()
                .put("name", t.name())
                .put("oid", t.oid())
                .put("location", t.location()));
    return node;
  }

  static ObjectNode json(WalCoverage coverage) {
    var node = Json.object();
    node.put("timeline", coverage.target().id()).put("lastWal", coverage.last());
    node.put("segments", coverage.segments());
    var gaps = node.putArray("gaps");
    coverage
        .gaps()
        .forEach(g ->
            gaps.addObject().put("from", g.from()).put("to", g.to()).put("segments", g.segments()));
    return node;
  }
}
