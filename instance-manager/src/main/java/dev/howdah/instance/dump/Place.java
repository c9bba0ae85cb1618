// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// Puts a filled database into the original's place. Every step leaves a [Mark], so that another
/// run, on this server or on its successor, goes on where this one was killed.
///
/// @param uid of the DatabaseRestore
record Place(PgServer sql, String uid) {
  private static final int LONGEST_NAME = 63;
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration SESSIONS_END = Duration.ofSeconds(20);
  private static final Duration PACE = Duration.ofMillis(100);
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.UTC);

  /// The database that is filled first when the original is to be replaced.
  static String beside(String database) {
    return shortened(database, "_restoring");
  }

  static String kept(String database, Instant now) {
    return shortened(database, "_before_" + STAMP.format(now));
  }

  private static String shortened(String name, String suffix) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    int room = LONGEST_NAME - suffix.length();
    String part =
        bytes.length <= room
            ? name
            : new String(bytes, 0, room, StandardCharsets.UTF_8).replace("\uFFFD", "");
    return part + suffix;
  }

  static String identifier(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  void execute(String database, String statement) {
    try (PgConnection connection = sql.open(database)) {
      connection.script(LONG, statement);
    }
  }

  /// All or nothing, and what is confirmed is as safe as a user's commit.
  private void together(String... statements) {
    execute(
        "postgres",
        "BEGIN; SET LOCAL synchronous_commit TO on; " + String.join("; ", statements) + "; COMMIT");
  }

  boolean exists(String database) {
    return sql.query("select 1 from pg_database where datname = $1", database).first().isPresent();
  }

  /// What this restore has written on a database; empty if it isn't ours, or not there.
  Optional<Mark> mark(String database) {
    return sql.query(
            "select shobj_description(oid, 'pg_database') as said from pg_database"
                + " where datname = $1",
            database)
        .first()
        .flatMap(row -> Mark.parse(row.text("said")))
        .filter(mark -> mark.uid().equals(uid));
  }

  void mark(String database, Mark.State state) {
    together(comment(database, new Mark(uid, state)));
  }

  private static String comment(String database, Mark mark) {
    return "COMMENT ON DATABASE %s IS %s".formatted(identifier(database), literal(mark.text()));
  }

  /// Gives a finished database the comment that it had; empty for none.
  void unmark(String database, String comment) {
    if (mark(database).isPresent()) {
      execute(
          "postgres",
          "COMMENT ON DATABASE %s IS %s"
              .formatted(identifier(database), comment.isEmpty() ? "NULL" : literal(comment)));
    }
  }

  /// Drops a database if this restore has made it.
  void drop(String database) {
    if (mark(database).isPresent()) {
      execute("postgres", "DROP DATABASE " + identifier(database) + " WITH (FORCE)");
    }
  }

  /// Lets sessions into the original again, where a run was killed that had closed it.
  void reopen(String filled, String original) {
    boolean closed = mark(filled).filter(m -> m.state() == Mark.State.SWAPPING).isPresent();
    if (closed && exists(original)) {
      together(
          "ALTER DATABASE %s ALLOW_CONNECTIONS true".formatted(identifier(original)),
          comment(filled, new Mark(uid, Mark.State.FILLED)));
    }
  }

  /// Where an earlier run has got to the end: the name under which it kept the original, empty if
  /// there was none.
  Optional<String> replaced(String original) {
    return mark(original).filter(m -> m.state() == Mark.State.REPLACED).map(Mark::kept);
  }

  /// Puts the filled database into the original's place. Sessions of the original end; it is kept
  /// under another name.
  ///
  /// @return that name; empty if there was no original
  String swap(String filled, String original, Instant now) throws InterruptedException {
    String rename = "ALTER DATABASE %s RENAME TO %s";
    String come = rename.formatted(identifier(filled), identifier(original));
    if (!exists(original)) {
      endSessions(filled);
      together(come, comment(original, new Mark(uid, Mark.State.REPLACED)));
      return "";
    }
    String kept = kept(original, now);
    String allow = "ALTER DATABASE %s ALLOW_CONNECTIONS %s";
    boolean open =
        sql.query("select datallowconn from pg_database where datname = $1", original)
            .single()
            .flag("datallowconn");
    if (open) {
      together(
          comment(filled, new Mark(uid, Mark.State.SWAPPING)),
          allow.formatted(identifier(original), "false"));
    }
    boolean swapped = false;
    try {
      endSessions(original);
      endSessions(filled); // of whoever looks into all databases
      together(
          rename.formatted(identifier(original), identifier(kept)),
          come,
          allow.formatted(identifier(kept), Boolean.toString(open)),
          comment(original, new Mark(uid, Mark.State.REPLACED, kept)));
      swapped = true;
    } finally {
      if (!swapped) {
        reopen(filled, original);
      }
    }
    return kept;
  }

  private void endSessions(String database) throws InterruptedException {
    long end = System.nanoTime() + SESSIONS_END.toNanos();
    while (true) {
      long left =
          sql.query(
                  "select count(pg_terminate_backend(pid)) as n from pg_stat_activity"
                      + " where datname = $1",
                  database)
              .single()
              .number("n");
      if (left == 0) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new UncheckedIOException(
            new IOException(
                "%d sessions of database %s don't end; end them and try again"
                    .formatted(left, database)));
      }
      Thread.sleep(PACE);
    }
  }
}
