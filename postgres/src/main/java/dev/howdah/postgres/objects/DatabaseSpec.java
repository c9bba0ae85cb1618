// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.postgres.sql.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The `spec` of a Database resource.
///
/// @param creation options that count when the database is made and never change
/// @param isTemplate null to leave it alone
/// @param allowConnections null to leave it alone
/// @param connectionLimit null to leave it alone
/// @param tablespace empty to leave it alone
public record DatabaseSpec(
    String name,
    String owner,
    boolean present,
    Map<String, String> creation,
    @Nullable Boolean isTemplate,
    @Nullable Boolean allowConnections,
    @Nullable Integer connectionLimit,
    String tablespace,
    List<Schema> schemas,
    List<Extension> extensions,
    List<Wrapper> wrappers,
    List<Server> servers) {

  /// A schema. An empty owner is left alone.
  public record Schema(String name, boolean present, String owner) {}

  /// An extension. An empty version or schema is left alone.
  public record Extension(String name, boolean present, String version, String schema) {}

  /// A foreign data wrapper.
  ///
  /// @param handler a function's name, `-` for none, empty to leave it alone
  public record Wrapper(
      String name,
      boolean present,
      String handler,
      String validator,
      String owner,
      List<Option> options,
      List<Usage> usages) {}

  /// A foreign server.
  public record Server(
      String name, String wrapper, boolean present, List<Option> options, List<Usage> usages) {}

  /// An option of a foreign data wrapper or server.
  public record Option(String name, String value, boolean present) {}

  /// The right of a role to use it.
  public record Usage(String role, boolean granted) {}

  public DatabaseSpec {
    creation = Map.copyOf(creation);
    schemas = List.copyOf(schemas);
    extensions = List.copyOf(extensions);
    wrappers = List.copyOf(wrappers);
    servers = List.copyOf(servers);
  }

  /// How the fields of the API are spelled in `CREATE DATABASE`.
  private static final Map<String, String> CREATION =
      Map.of(
          "template", "template",
          "encoding", "encoding",
          "locale", "locale",
          "localeProvider", "locale_provider",
          "localeCollate", "lc_collate",
          "localeCType", "lc_ctype",
          "icuLocale", "icu_locale",
          "icuRules", "icu_rules",
          "builtinLocale", "builtin_locale",
          "collationVersion", "collation_version");

  public static DatabaseSpec fromJson(JsonNode spec) {
    var creation = new TreeMap<String, String>();
    CREATION.forEach((field, option) -> {
      if (!spec.path(field).asText("").isEmpty()) {
        creation.put(option, spec.path(field).asText());
      }
    });
    return new DatabaseSpec(
        spec.path("name").asText(""),
        spec.path("owner").asText(""),
        Json.isPresent(spec),
        creation,
        flag(spec.path("isTemplate")),
        flag(spec.path("allowConnections")),
        spec.path("connectionLimit").isNumber() ? spec.path("connectionLimit").asInt() : null,
        spec.path("tablespace").asText(""),
        list(
            spec.path("schemas"),
            s ->
                new Schema(
                    s.path("name").asText(""), Json.isPresent(s), s.path("owner").asText(""))),
        list(
            spec.path("extensions"),
            e ->
                new Extension(
                    e.path("name").asText(""),
                    Json.isPresent(e),
                    e.path("version").asText(""),
                    e.path("schema").asText(""))),
        list(spec.path("fdws"), DatabaseSpec::wrapper),
        list(spec.path("servers"), DatabaseSpec::server));
  }

  private static Wrapper wrapper(JsonNode node) {
    return new Wrapper(
        node.path("name").asText(""),
        Json.isPresent(node),
        node.path("handler").asText(""),
        node.path("validator").asText(""),
        node.path("owner").asText(""),
        options(node),
        usages(node));
  }

  private static Server server(JsonNode node) {
    return new Server(
        node.path("name").asText(""),
        node.path("fdw").asText(""),
        Json.isPresent(node),
        options(node),
        usages(node));
  }

  private static List<Option> options(JsonNode node) {
    return list(
        node.path("options"),
        o -> new Option(o.path("name").asText(""), o.path("value").asText(""), Json.isPresent(o)));
  }

  private static List<Usage> usages(JsonNode node) {
    return list(
        node.path("usage"),
        u ->
            new Usage(u.path("name").asText(""), !u.path("type").asText("grant").equals("revoke")));
  }

  private static @Nullable Boolean flag(JsonNode node) {
    return node.isBoolean() ? node.asBoolean() : null;
  }

  private static <T> List<T> list(JsonNode array, java.util.function.Function<JsonNode, T> read) {
    var list = new ArrayList<T>();
    array.forEach(entry -> list.add(read.apply(entry)));
    return list;
  }

  /// The statement that makes the database.
  String createStatement() {
    var statement = new StringBuilder("create database " + Quote.identifier(name));
    statement.append(" owner ").append(Quote.identifier(owner));
    new TreeMap<>(creation)
        .forEach((option, value) ->
            statement
                .append(' ')
                .append(option)
                .append(' ')
                .append(
                    option.equals("template") ? Quote.identifier(value) : Quote.literal(value)));
    if (!tablespace.isEmpty()) {
      statement.append(" tablespace ").append(Quote.identifier(tablespace));
    }
    if (allowConnections != null) {
      statement.append(" allow_connections ").append(allowConnections);
    }
    if (connectionLimit != null) {
      statement.append(" connection limit ").append(connectionLimit);
    }
    if (isTemplate != null) {
      statement.append(" is_template ").append(isTemplate);
    }
    return statement.toString();
  }
}
