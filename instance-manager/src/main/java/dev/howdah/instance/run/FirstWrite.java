// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import dev.howdah.postgres.sql.PgServer;
import org.jspecify.annotations.Nullable;

/// Looks for the first transaction that was committed after the first look.
///
/// One whose commit waits for synchronous standbys is in the log of commits already, and still
/// among those that run. One that has run since before hides no other.
final class FirstWrite {
  private static final String NOW = "SELECT txid_current_snapshot() AS now";
  private static final String COMMITTED =
      """
      SELECT now, EXISTS (
        SELECT FROM (
          SELECT txid_snapshot_xip(before)
          UNION ALL
          SELECT generate_series(txid_snapshot_xmax(before), txid_snapshot_xmax(now) - 1)) AS run (id)
        WHERE txid_visible_in_snapshot(id, now) AND txid_status(id) = 'committed') AS committed
      FROM txid_current_snapshot() AS now, CAST($1 AS txid_snapshot) AS before
      """;

  private final PgServer sql;
  private @Nullable String before;

  FirstWrite(PgServer sql) {
    this.sql = sql;
  }

  /// Whether one was committed since the last look.
  boolean isDone() {
    if (before == null) {
      before = sql.query(NOW).single().text("now");
      return false;
    }
    var row = sql.query(COMMITTED, before).single();
    before = row.text("now");
    return row.flag("committed");
  }
}
