// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies a database from the temporary server into this one, and where asked puts it in the
/// original's place.
final class Copy {
  private static final Logger LOG = LoggerFactory.getLogger(Copy.class);
  private static final int PORT = 5432;
  private static final int LONGEST_NAME = 63;
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration SESSIONS_END = Duration.ofSeconds(20);
  private static final Duration PACE = Duration.ofMillis(100);
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.UTC);

  private final ServerContext context;
  private final PgServer sql;
  private final Source source;
  private final LongConsumer progress;

  /// @param progress gets how many bytes have come in all
  Copy(ServerContext context, PgServer sql, Source source, LongConsumer progress) {
    this.context = context;
    this.sql = sql;
    this.source = source;
    this.progress = progress;
  }

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

  /// Makes and fills a database.
  ///
  /// @param again whether one of this name is what an earlier try has left
  /// @return what a person should know; empty if all is as it was
  String fill(String into, List<String> tables, boolean again)
      throws IOException, InterruptedException {
    if (exists(into)) {
      if (!again) {
        throw new IOException(
            "there is a database %s already; choose another name, or drop it".formatted(into));
      }
      execute("postgres", "DROP DATABASE " + identifier(into) + " WITH (FORCE)");
    }
    List<String> made = roles();
    execute("postgres", create(source.facts(), into));
    String notes;
    boolean filled = false;
    try {
      for (String table : tables) {
        execute(
            into,
            "CREATE SCHEMA IF NOT EXISTS " + identifier(table.substring(0, table.indexOf('.'))));
      }
      notes = stream(into, tables);
      for (String grant : source.grants()) {
        execute("postgres", grant.replace("%s", identifier(into)));
      }
      filled = true;
    } finally {
      if (!filled) { // half of a database is worth nothing, and its name is wanted again
        execute("postgres", "DROP DATABASE " + identifier(into) + " WITH (FORCE)");
      }
    }
    if (!made.isEmpty()) {
      notes +=
          (notes.isEmpty() ? "" : "; ")
              + "roles that no longer existed were made without login: "
              + String.join(", ", made);
    }
    return notes;
  }

  private boolean exists(String database) {
    return sql.query("select 1 from pg_database where datname = $1", database).first().isPresent();
  }

  private void execute(String database, String statement) {
    try (PgConnection connection = sql.open(database)) {
      connection.script(LONG, statement);
    }
  }

  private List<String> roles() throws IOException, InterruptedException {
    var made = new ArrayList<String>();
    for (String role : source.roles()) {
      if (sql.query("select 1 from pg_roles where rolname = $1", role).first().isEmpty()) {
        execute("postgres", "CREATE ROLE " + identifier(role) + " NOLOGIN");
        made.add(role);
      }
    }
    return made;
  }

  static String create(JsonNode facts, String into) {
    var statement = new StringBuilder("CREATE DATABASE ").append(identifier(into));
    statement.append(" TEMPLATE template0 ENCODING ");
    statement.append(literal(facts.path("encoding_name").asText("UTF8")));
    String provider = facts.path("datlocprovider").asText("c");
    if (facts.hasNonNull("datcollate")) {
      statement.append(" LC_COLLATE ").append(literal(facts.path("datcollate").asText()));
      statement.append(" LC_CTYPE ").append(literal(facts.path("datctype").asText()));
    }
    String locale = facts.path("datlocale").asText(facts.path("daticulocale").asText(""));
    if (provider.equals("i")) {
      statement.append(" LOCALE_PROVIDER icu ICU_LOCALE ").append(literal(locale));
    } else if (provider.equals("b")) {
      statement.append(" LOCALE_PROVIDER builtin BUILTIN_LOCALE ").append(literal(locale));
    }
    return statement.append(" OWNER ").append(identifier(facts.path("owner").asText())).toString();
  }

  // ---- pg_dump | pg_restore

  private String stream(String into, List<String> tables) throws IOException, InterruptedException {
    var dump = new ArrayList<String>();
    dump.add(program("pg_dump"));
    dump.addAll(List.of("--format=custom", "--compress=0", "--no-password", "--no-subscriptions"));
    tables.forEach(table -> dump.add("--table=" + pattern(table)));
    dump.add("--dbname=" + source.connection());
    var restore = new ArrayList<String>();
    restore.add(program("pg_restore"));
    restore.addAll(
        List.of(
            "--no-password",
            "--username=postgres",
            "--host=" + context.paths().socketDirectory(),
            "--port=" + PORT,
            "--dbname=dbname=" + connectionValue(into)));
    if (tables.isEmpty()) {
      restore.add("--exit-on-error");
    }
    Path dumpErrors = Files.createTempFile(context.paths().scratch(), "pg_dump", ".err");
    Path restoreErrors = Files.createTempFile(context.paths().scratch(), "pg_restore", ".err");
    Process from = plain(dump).redirectError(dumpErrors.toFile()).start();
    try {
      Process to =
          plain(restore)
              .redirectError(restoreErrors.toFile())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        from.getOutputStream().close();
        pump(from.getInputStream(), to.getOutputStream());
        int restored = to.waitFor();
        int dumped = from.waitFor();
        String why = Files.readString(restoreErrors).strip();
        if (dumped != 0) {
          throw new IOException("pg_dump: " + first(Files.readString(dumpErrors)));
        }
        if (restored != 0 && tables.isEmpty()) {
          throw new IOException("pg_restore: " + first(why));
        }
        return restored == 0 ? "" : "not all of the tables' belongings came back: " + first(why);
      } finally {
        to.destroy();
      }
    } finally {
      from.destroy();
      Files.deleteIfExists(dumpErrors);
      Files.deleteIfExists(restoreErrors);
    }
  }

  /// Nothing of our environment steers libpq, and messages are in English.
  private static ProcessBuilder plain(List<String> command) {
    var builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_MESSAGES", "C");
    return builder;
  }

  /// A pipe that breaks is explained by the end of the program behind it.
  private void pump(InputStream in, OutputStream out) throws IOException {
    var buffer = new byte[1 << 16];
    long sum = 0;
    try (out) {
      int read = in.read(buffer);
      while (read >= 0) {
        out.write(buffer, 0, read);
        sum += read;
        progress.accept(sum);
        read = in.read(buffer);
      }
    } catch (IOException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("the copy broke off");
    }
    in.close();
  }

  private String program(String name) {
    return context.programs().installation().program(name).toString();
  }

  private static String connectionValue(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  /// Exactly this table: quoted, so that nothing in its name is a pattern.
  private static String pattern(String table) {
    int dot = table.indexOf('.');
    return identifier(table.substring(0, dot)) + "." + identifier(table.substring(dot + 1));
  }

  private static String first(String errors) {
    return errors.lines().limit(3).reduce((a, b) -> a + " " + b).orElse("it ended early");
  }

  // ---- in the original's place

  /// Puts the filled database into the original's place. Sessions of the original end; it is kept
  /// under another name.
  ///
  /// @return that name; empty if there was no original
  String swap(String filled, String original, Instant now) throws InterruptedException {
    if (!exists(original)) {
      execute(
          "postgres",
          "ALTER DATABASE %s RENAME TO %s".formatted(identifier(filled), identifier(original)));
      return "";
    }
    String kept = kept(original, now);
    execute(
        "postgres", "ALTER DATABASE %s ALLOW_CONNECTIONS false".formatted(identifier(original)));
    boolean swapped = false;
    try {
      endSessions(original);
      execute(
          "postgres",
          "BEGIN; ALTER DATABASE %s RENAME TO %s; ALTER DATABASE %s RENAME TO %s; COMMIT"
              .formatted(
                  identifier(original),
                  identifier(kept),
                  identifier(filled),
                  identifier(original)));
      swapped = true;
    } finally {
      execute(
          "postgres",
          "ALTER DATABASE %s ALLOW_CONNECTIONS true"
              .formatted(identifier(swapped ? kept : original)));
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
