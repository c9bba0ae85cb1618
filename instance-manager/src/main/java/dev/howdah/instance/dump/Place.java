// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import dev.howdah.kube.Json;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Makes a database under a name that only this restore has, and puts it to where it is to be once
/// it is filled. Name and [Mark] say how far that has come, so that another run, on this server or
/// on its successor, goes on where this one was killed.
///
/// @param uid of the DatabaseRestore
record Place(PgServer sql, String uid) {
  private static final String FILLING = "howdah_restore_";

  /// Those of all restores: nobody else has a reason to choose such a name.
  private static final String FILLING_PATTERN =
      "^" + FILLING + "[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$";

  private static final int LONGEST_NAME = 63;
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration SESSIONS_END = Duration.ofSeconds(20);
  private static final Duration PACE = Duration.ofMillis(100);
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.UTC);

  /// A database where it is to be.
  ///
  /// @param database its name
  /// @param kept the name that the one has which it replaced; empty if there was none
  record Placed(String database, String kept) {}

  /// The database that is filled.
  String filling() {
    return FILLING + uid;
  }

  /// The UIDs of the restores whose databases are not where they are to be.
  static List<String> unplaced(PgServer sql) {
    return sql
        .query("select datname from pg_database where datname ~ $1", FILLING_PATTERN)
        .column()
        .stream()
        .map(name -> name.substring(FILLING.length()))
        .toList();
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

  /// @throws IOException if there is such a database
  void requireFree(String database) throws IOException {
    if (exists(database)) {
      throw new IOException(
          "there is a database %s already; choose another name, or rename or drop that one"
              .formatted(database));
    }
  }

  boolean hasRole(String role) {
    return sql.query("select 1 from pg_roles where rolname = $1", role).first().isPresent();
  }

  boolean hasTablespace(String name) {
    return sql.query("select 1 from pg_tablespace where spcname = $1", name).first().isPresent();
  }

  Properties properties(String database) throws IOException {
    return Properties.parse(
        Json.parse(sql.query(Properties.query(database)).single().text("properties")));
  }

  /// What a user has written on a database; empty for nothing, or what a restore has.
  String comment(String database) {
    String said = said(database);
    return Mark.parse(said).isPresent() ? "" : said;
  }

  private String said(String database) {
    return sql.query(
            "select coalesce(shobj_description(oid, 'pg_database'), '') as said from pg_database"
                + " where datname = $1",
            database)
        .first()
        .map(row -> row.text("said"))
        .orElse("");
  }

  private Optional<Mark> mark(String database) {
    return Mark.parse(said(database)).filter(mark -> mark.uid().equals(uid));
  }

  private static String comment(String database, Mark mark) {
    return comment(database, mark.text());
  }

  private static String comment(String database, String text) {
    return "COMMENT ON DATABASE %s IS %s"
        .formatted(identifier(database), text.isEmpty() ? "NULL" : literal(text));
  }

  /// Whether all data is in the database that was to be filled.
  boolean isFilled() {
    return mark(filling()).isPresent();
  }

  void markFilled() {
    together(comment(filling(), new Mark(uid, Mark.State.FILLED)));
  }

  /// Gives the placed database the comment that it is to have; empty for none.
  void unmark(Placed placed, String text) {
    if (mark(placed.database()).isPresent()) {
      execute("postgres", comment(placed.database(), text));
    }
  }

  /// Drops the database that was to be filled, if there is one.
  void drop() {
    if (exists(filling())) {
      reopen();
      execute("postgres", "DROP DATABASE " + identifier(filling()) + " WITH (FORCE)");
    }
  }

  /// Lets sessions into the original again, where a run was killed that had closed it.
  void reopen() {
    Mark mark = mark(filling()).filter(m -> m.state() == Mark.State.SWAPPING).orElse(null);
    if (mark != null && exists(mark.other())) {
      together(
          "ALTER DATABASE %s ALLOW_CONNECTIONS true".formatted(identifier(mark.other())),
          comment(filling(), new Mark(uid, Mark.State.FILLED)));
    }
  }

  /// Where an earlier run has got to the end, even if the database was replaced in turn since.
  Optional<Placed> placed() {
    var marks =
        sql.query(
            "select datname, shobj_description(oid, 'pg_database') as said from pg_database"
                + " where shobj_description(oid, 'pg_database') is not null");
    for (var row : marks) {
      Mark mark = Mark.parse(row.text("said")).orElse(null);
      if (mark != null && mark.uid().equals(uid) && mark.state() == Mark.State.REPLACED) {
        return Optional.of(new Placed(row.text("datname"), mark.other()));
      }
    }
    return Optional.empty();
  }

  /// Gives the filled database its name.
  ///
  /// @param then what belonged to it when it was backed up
  /// @throws IOException if another one has that name
  Placed put(String name, Properties then) throws IOException, InterruptedException {
    requireFree(name);
    endSessions(filling());
    come(List.of(), name, then, "");
    return new Placed(name, "");
  }

  /// Puts the filled database into the original's place. Sessions of the original end; it is kept
  /// under another name. What belongs to the database beside its content stays as it is now: roles
  /// and limits of the present go with the present Cluster, and so do rights that were taken back.
  ///
  /// @param then what belonged to it when it was backed up, for where there is no original
  Placed swap(String original, Properties then, Instant now)
      throws IOException, InterruptedException {
    if (!exists(original)) {
      return put(original, then);
    }
    String kept = free(original, now);
    String allow = "ALTER DATABASE %s ALLOW_CONNECTIONS %s";
    boolean open =
        sql.query("select datallowconn from pg_database where datname = $1", original)
            .single()
            .flag("datallowconn");
    if (open) {
      together(
          comment(filling(), new Mark(uid, Mark.State.SWAPPING, original)),
          allow.formatted(identifier(original), "false"));
    }
    boolean swapped = false;
    try {
      endSessions(original);
      endSessions(filling()); // of whoever looks into all databases
      come(
          List.of(
              "ALTER DATABASE %s RENAME TO %s".formatted(identifier(original), identifier(kept)),
              allow.formatted(identifier(kept), Boolean.toString(open))),
          original,
          properties(original),
          kept);
      swapped = true;
    } finally {
      if (!swapped) {
        reopen();
      }
    }
    return new Placed(original, kept);
  }

  private void come(List<String> before, String name, Properties properties, String kept) {
    var statements = new ArrayList<>(before);
    statements.add(
        "ALTER DATABASE %s RENAME TO %s".formatted(identifier(filling()), identifier(name)));
    statements.addAll(properties.statements(name, this::hasRole));
    statements.add(comment(name, new Mark(uid, Mark.State.REPLACED, kept)));
    together(statements.toArray(String[]::new));
  }

  private String free(String original, Instant now) {
    Instant time = now;
    while (exists(kept(original, time))) {
      time = time.plusSeconds(1);
    }
    return kept(original, time);
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
