// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.postgres.sql.PgServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies a database from the temporary server into this one.
final class Copy {
  private static final Logger LOG = LoggerFactory.getLogger(Copy.class);
  private static final int PORT = 5432;

  /// The first major whose `pg_dump` takes partitions along with their table.
  private static final int CHILDREN_SINCE = 16;

  /// How `pg_restore` ends that left out what refers to other tables, but came to the end.
  private static final String WENT_ON = "errors ignored on restore";

  private final ServerContext context;
  private final PgServer sql;
  private final Source source;
  private final Place place;
  private final LongConsumer progress;

  /// @param progress gets how many bytes have come in all
  Copy(ServerContext context, PgServer sql, Source source, Place place, LongConsumer progress) {
    this.context = context;
    this.sql = sql;
    this.source = source;
    this.place = place;
    this.progress = progress;
  }

  /// Makes and fills the database, unless an earlier run has. What an earlier run has begun is
  /// dropped and begun anew.
  ///
  /// @param tablespace for it; empty: the one that it was in, if there is such a one here
  /// @return what a person should know; empty if all is as it was
  String fill(List<String> tables, String tablespace) throws IOException, InterruptedException {
    String into = place.filling();
    if (place.isFilled()) {
      return "";
    }
    place.drop();
    List<String> made = roles();
    String then = source.properties().tablespace();
    String there = tablespace.isEmpty() ? then : tablespace;
    boolean known = place.hasTablespace(there);
    String notes;
    boolean filled = false;
    place.execute(
        "postgres",
        create(source.facts(), into)
            + " TABLESPACE "
            + Place.identifier(known ? there : Properties.DEFAULT_TABLESPACE));
    try {
      for (String table : tables) {
        place.execute(
            into,
            "CREATE SCHEMA IF NOT EXISTS "
                + Place.identifier(table.substring(0, table.indexOf('.'))));
      }
      notes = stream(into, tables);
      compare(into, tables, notes);
      place.markFilled();
      filled = true;
    } finally {
      if (!filled) { // half of a database is worth nothing
        place.drop();
      }
    }
    var all = new ArrayList<String>();
    if (!notes.isEmpty()) {
      all.add(notes);
    }
    if (!made.isEmpty()) {
      all.add("roles that no longer existed were made without login: " + String.join(", ", made));
    }
    if (!known) {
      all.add("there is no tablespace %s any more; it is in the default one".formatted(there));
    }
    return String.join("; ", all);
  }

  private void compare(String into, List<String> tables, String notes)
      throws IOException, InterruptedException {
    try {
      new RowCounts(source, sql).compare(into, tables);
    } catch (IOException e) {
      throw notes.isEmpty() ? e : new IOException(e.getMessage() + "; " + notes, e);
    }
  }

  private List<String> roles() throws IOException, InterruptedException {
    var made = new ArrayList<String>();
    for (String role : source.roles()) {
      if (!place.hasRole(role)) {
        place.execute("postgres", "CREATE ROLE " + Place.identifier(role) + " NOLOGIN");
        made.add(role);
      }
    }
    return made;
  }

  static String create(JsonNode facts, String into) {
    var statement = new StringBuilder("CREATE DATABASE ").append(Place.identifier(into));
    statement.append(" TEMPLATE template0 ENCODING ");
    statement.append(Place.literal(facts.path("encoding_name").asText("UTF8")));
    String provider = facts.path("datlocprovider").asText("c");
    if (facts.hasNonNull("datcollate")) {
      statement.append(" LC_COLLATE ").append(Place.literal(facts.path("datcollate").asText()));
      statement.append(" LC_CTYPE ").append(Place.literal(facts.path("datctype").asText()));
    }
    String rules = facts.path("daticurules").asText("");
    String locale = facts.path("datlocale").asText(facts.path("daticulocale").asText(""));
    if (provider.equals("i")) {
      statement.append(" LOCALE_PROVIDER icu ICU_LOCALE ").append(Place.literal(locale));
      if (!rules.isEmpty()) {
        statement.append(" ICU_RULES ").append(Place.literal(rules));
      }
    } else if (provider.equals("b")) {
      statement.append(" LOCALE_PROVIDER builtin BUILTIN_LOCALE ").append(Place.literal(locale));
    }
    return statement
        .append(" OWNER ")
        .append(Place.identifier(facts.path("owner").asText()))
        .toString();
  }

  // ---- pg_dump | pg_restore

  private String stream(String into, List<String> tables) throws IOException, InterruptedException {
    var dump = new ArrayList<String>();
    dump.add(program("pg_dump"));
    dump.addAll(List.of("--format=custom", "--compress=0", "--no-password", "--no-subscriptions"));
    if (!tables.isEmpty()) {
      dump.add("--strict-names"); // a table that isn't there is an error
    }
    String option = context.major() >= CHILDREN_SINCE ? "--table-and-children=" : "--table=";
    tables.forEach(table -> dump.add(option + pattern(table)));
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
        if (restored != 0 && (tables.isEmpty() || !why.contains(WENT_ON))) {
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
    return Place.identifier(table.substring(0, dot))
        + "."
        + Place.identifier(table.substring(dot + 1));
  }

  private static String first(String errors) {
    return errors.lines().limit(3).reduce((a, b) -> a + " " + b).orElse("it ended early");
  }
}
