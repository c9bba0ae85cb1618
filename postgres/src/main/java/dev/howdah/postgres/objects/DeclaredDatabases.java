// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.json.Trees;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.objects.DatabasePlan.DatabaseState;
import dev.howdah.postgres.objects.DatabasePlan.ExtensionState;
import dev.howdah.postgres.objects.DatabasePlan.ForeignState;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Quote;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.Rows;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Makes databases what Database resources say.
public final class DeclaredDatabases {
  /// Copying a template, or moving to another tablespace, copies files.
  private static final Duration LONG = Duration.ofMinutes(30);

  private final PgServer server;

  public DeclaredDatabases(PgServer server) {
    this.server = server;
  }

  /// What came of one object in the database.
  public record ObjectResult(String name, boolean applied, String message) {}

  /// What came of a Database, in the words of its status.
  public record Result(
      boolean applied,
      String message,
      List<ObjectResult> schemas,
      List<ObjectResult> extensions,
      List<ObjectResult> wrappers,
      List<ObjectResult> servers) {
    public Result {
      schemas = List.copyOf(schemas);
      extensions = List.copyOf(extensions);
      wrappers = List.copyOf(wrappers);
      servers = List.copyOf(servers);
    }

    static Result failed(String message) {
      return new Result(false, message, List.of(), List.of(), List.of(), List.of());
    }
  }

  /// Brings the database and all that is declared in it into shape. One object that fails does not
  /// stop the others.
  public Result reconcile(DatabaseSpec spec) {
    try {
      try (var connection = server.open("postgres")) {
        for (String statement : DatabasePlan.database(spec, state(connection, spec.name()))) {
          connection.query(LONG, statement);
        }
      }
      if (!spec.present() || nothingInside(spec)) {
        return new Result(true, "", List.of(), List.of(), List.of(), List.of());
      }
      try (var connection = server.openForUserSql(spec.name())) {
        return inside(connection, spec);
      }
    } catch (PostgresException | IllegalArgumentException e) {
      return Result.failed(String.valueOf(e.getMessage()));
    }
  }

  /// Drops the database, as `databaseReclaimPolicy: delete` wants when its resource goes.
  public void drop(String name) {
    try (var connection = server.open("postgres")) {
      connection.query(LONG, "drop database if exists " + Quote.identifier(name));
    }
  }

  private static boolean nothingInside(DatabaseSpec spec) {
    return spec.schemas().isEmpty()
        && spec.extensions().isEmpty()
        && spec.wrappers().isEmpty()
        && spec.servers().isEmpty();
  }

  private static @Nullable DatabaseState state(PgConnection connection, String name) {
    return connection
        .query(
            LONG,
            "select pg_get_userbyid(datdba) as owner, datistemplate, datallowconn, datconnlimit, spcname"
                + " from pg_database join pg_tablespace t on t.oid = dattablespace"
                + " where datname = $1",
            name)
        .first()
        .map(row ->
            new DatabaseState(
                row.text("owner"),
                row.flag("datistemplate"),
                row.flag("datallowconn"),
                (int) row.number("datconnlimit"),
                row.text("spcname")))
        .orElse(null);
  }

  private static Result inside(PgConnection connection, DatabaseSpec spec) {
    List<ObjectResult> schemas =
        each(
            connection,
            spec.schemas(),
            DatabaseSpec.Schema::name,
            schema -> DatabasePlan.schema(schema, schemaOwner(connection, schema.name())));
    List<ObjectResult> extensions =
        each(
            connection,
            spec.extensions(),
            DatabaseSpec.Extension::name,
            extension ->
                DatabasePlan.extension(extension, extension(connection, extension.name())));
    // A server is dropped before its wrapper, and made after it.
    List<ObjectResult> servers =
        new ArrayList<>(servers(connection, spec, server -> !server.present()));
    List<ObjectResult> wrappers =
        each(
            connection,
            spec.wrappers(),
            DatabaseSpec.Wrapper::name,
            w -> DatabasePlan.wrapper(w, wrapper(connection, w.name())));
    servers.addAll(servers(connection, spec, DatabaseSpec.Server::present));
    var all = new ArrayList<>(schemas);
    all.addAll(extensions);
    all.addAll(wrappers);
    all.addAll(servers);
    boolean applied = all.stream().allMatch(ObjectResult::applied);
    return new Result(
        applied,
        applied ? "" : "database object reconciliation failed",
        schemas,
        extensions,
        wrappers,
        servers);
  }

  private static List<ObjectResult> servers(
      PgConnection connection, DatabaseSpec spec, Predicate<DatabaseSpec.Server> which) {
    return each(
        connection,
        spec.servers().stream().filter(which).toList(),
        DatabaseSpec.Server::name,
        server -> DatabasePlan.server(server, server(connection, server.name())));
  }

  private interface Plan<T> {
    List<String> statements(T spec);
  }

  private static <T> List<ObjectResult> each(
      PgConnection connection, List<T> specs, Function<T, String> name, Plan<T> plan) {
    var results = new ArrayList<ObjectResult>();
    for (T spec : specs) {
      try {
        for (String statement : plan.statements(spec)) {
          connection.query(LONG, statement);
        }
        results.add(new ObjectResult(name.apply(spec), true, ""));
      } catch (PostgresException | IllegalArgumentException e) {
        results.add(new ObjectResult(name.apply(spec), false, String.valueOf(e.getMessage())));
      }
    }
    return results;
  }

  private static @Nullable String schemaOwner(PgConnection connection, String name) {
    return connection
        .query(
            LONG,
            "select pg_catalog.pg_get_userbyid(nspowner) as owner from pg_catalog.pg_namespace where nspname = $1",
            name)
        .first()
        .map(row -> row.text("owner"))
        .orElse(null);
  }

  private static @Nullable ExtensionState extension(PgConnection connection, String name) {
    return connection
        .query(
            LONG,
            "select extversion, nspname from pg_catalog.pg_extension"
                + " join pg_catalog.pg_namespace n on n.oid = extnamespace where extname = $1",
            name)
        .first()
        .map(row -> new ExtensionState(row.text("extversion"), row.text("nspname")))
        .orElse(null);
  }

  private static @Nullable ForeignState wrapper(PgConnection connection, String name) {
    return foreign(
        connection.query(
            LONG,
            "select pg_catalog.pg_get_userbyid(fdwowner) as owner, h.proname as handler,"
                + " v.proname as validator, '' as wrapper,"
                + " (select pg_catalog.json_object_agg(option_name, option_value)"
                + "  from pg_catalog.pg_options_to_table(fdwoptions)) as options,"
                + USERS.formatted("fdwacl", "'F'", "fdwowner")
                + " from pg_catalog.pg_foreign_data_wrapper"
                + " left join pg_catalog.pg_proc h on h.oid = fdwhandler"
                + " left join pg_catalog.pg_proc v on v.oid = fdwvalidator where fdwname = $1",
            name));
  }

  private static @Nullable ForeignState server(PgConnection connection, String name) {
    return foreign(
        connection.query(
            LONG,
            "select pg_catalog.pg_get_userbyid(srvowner) as owner, '' as handler, '' as validator,"
                + " fdwname as wrapper,"
                + " (select pg_catalog.json_object_agg(option_name, option_value)"
                + "  from pg_catalog.pg_options_to_table(srvoptions)) as options,"
                + USERS.formatted("srvacl", "'S'", "srvowner")
                + " from pg_catalog.pg_foreign_server"
                + " join pg_catalog.pg_foreign_data_wrapper w on w.oid = srvfdw where srvname = $1",
            name));
  }

  /// Who may use the object, by its access list.
  private static final String USERS =
      " (select pg_catalog.json_agg(pg_catalog.pg_get_userbyid(a.grantee)) from"
          + " pg_catalog.aclexplode(coalesce(%1$s, pg_catalog.acldefault(%2$s, %3$s))) a"
          + " where a.privilege_type = 'USAGE' and a.grantee <> 0) as users";

  private static @Nullable ForeignState foreign(Rows rows) {
    Optional<Rows.Row> row = rows.first();
    if (row.isEmpty()) {
      return null;
    }
    var options = new TreeMap<String, String>(Json.textMap(json(row.get().get("options"))));
    var users = new TreeSet<String>(Json.texts(json(row.get().get("users"))));
    return new ForeignState(
        row.get().text("owner"),
        row.get().text("handler"),
        row.get().text("validator"),
        row.get().text("wrapper"),
        options,
        users);
  }

  private static JsonNode json(@Nullable String text) {
    try {
      return Trees.read(text == null ? "null" : text);
    } catch (IOException e) {
      throw new IllegalStateException("PostgreSQL's JSON cannot be read", e);
    }
  }
}
