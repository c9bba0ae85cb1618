// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import dev.howdah.postgres.objects.DatabaseSpec.Extension;
import dev.howdah.postgres.objects.DatabaseSpec.Option;
import dev.howdah.postgres.objects.DatabaseSpec.Schema;
import dev.howdah.postgres.objects.DatabaseSpec.Server;
import dev.howdah.postgres.objects.DatabaseSpec.Usage;
import dev.howdah.postgres.objects.DatabaseSpec.Wrapper;
import dev.howdah.postgres.sql.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The statements that bring a database and what is declared in it from a state to its
/// specification.
final class DatabasePlan {
  private DatabasePlan() {}

  /// A database as it is.
  record DatabaseState(
      String owner,
      boolean isTemplate,
      boolean allowConnections,
      int connectionLimit,
      String tablespace) {}

  /// An extension as it is.
  record ExtensionState(String version, String schema) {}

  /// A foreign data wrapper or server as it is. `handler` and `validator` are empty for none.
  record ForeignState(
      String owner,
      String handler,
      String validator,
      String wrapper,
      Map<String, String> options,
      Set<String> users) {}

  /// For the database itself, each a statement outside of a transaction.
  static List<String> database(DatabaseSpec spec, @Nullable DatabaseState state) {
    String name = Quote.identifier(spec.name());
    if (!spec.present()) {
      return state == null ? List.of() : List.of("drop database if exists " + name);
    }
    if (state == null) {
      return List.of(spec.createStatement());
    }
    var statements = new ArrayList<String>();
    var options = new StringBuilder();
    if (spec.allowConnections() != null && spec.allowConnections() != state.allowConnections()) {
      options.append(" allow_connections ").append(spec.allowConnections());
    }
    if (spec.connectionLimit() != null && spec.connectionLimit() != state.connectionLimit()) {
      options.append(" connection limit ").append(spec.connectionLimit());
    }
    if (spec.isTemplate() != null && spec.isTemplate() != state.isTemplate()) {
      options.append(" is_template ").append(spec.isTemplate());
    }
    if (!options.isEmpty()) {
      statements.add("alter database " + name + " with" + options);
    }
    if (!spec.owner().isEmpty() && !spec.owner().equals(state.owner())) {
      statements.add("alter database " + name + " owner to " + Quote.identifier(spec.owner()));
    }
    if (!spec.tablespace().isEmpty() && !spec.tablespace().equals(state.tablespace())) {
      statements.add(
          "alter database " + name + " set tablespace " + Quote.identifier(spec.tablespace()));
    }
    return statements;
  }

  /// @param ownerNow null if there is no such schema
  static List<String> schema(Schema spec, @Nullable String ownerNow) {
    String name = Quote.identifier(spec.name());
    if (!spec.present()) {
      return ownerNow == null ? List.of() : List.of("drop schema " + name);
    }
    if (ownerNow == null) {
      return List.of(
          "create schema "
              + name
              + (spec.owner().isEmpty() ? "" : " authorization " + Quote.identifier(spec.owner())));
    }
    return spec.owner().isEmpty() || spec.owner().equals(ownerNow)
        ? List.of()
        : List.of("alter schema " + name + " owner to " + Quote.identifier(spec.owner()));
  }

  static List<String> extension(Extension spec, @Nullable ExtensionState state) {
    String name = Quote.identifier(spec.name());
    if (!spec.present()) {
      return state == null ? List.of() : List.of("drop extension " + name);
    }
    if (state == null) {
      return List.of(
          "create extension "
              + name
              + (spec.schema().isEmpty() ? "" : " schema " + Quote.identifier(spec.schema()))
              + (spec.version().isEmpty() ? "" : " version " + Quote.literal(spec.version())));
    }
    var statements = new ArrayList<String>();
    if (!spec.schema().isEmpty() && !spec.schema().equals(state.schema())) {
      statements.add("alter extension " + name + " set schema " + Quote.identifier(spec.schema()));
    }
    if (!spec.version().isEmpty() && !spec.version().equals(state.version())) {
      statements.add("alter extension " + name + " update to " + Quote.literal(spec.version()));
    }
    return statements;
  }

  static List<String> wrapper(Wrapper spec, @Nullable ForeignState state) {
    String object = "foreign data wrapper " + Quote.identifier(spec.name());
    if (!spec.present()) {
      return state == null ? List.of() : List.of("drop " + object);
    }
    var statements = new ArrayList<String>();
    if (state == null) {
      statements.add(
          "create "
              + object
              + function("handler", spec.handler(), "")
              + function("validator", spec.validator(), "")
              + options(spec.options(), null));
    } else {
      String changes =
          function("handler", spec.handler(), state.handler())
              + function("validator", spec.validator(), state.validator())
              + options(spec.options(), state.options());
      if (!changes.isEmpty()) {
        statements.add("alter " + object + changes);
      }
    }
    String owner = state == null ? "" : state.owner();
    if (!spec.owner().isEmpty() && !spec.owner().equals(owner)) {
      statements.add("alter " + object + " owner to " + Quote.identifier(spec.owner()));
    }
    usages(object, spec.usages(), state, statements);
    return statements;
  }

  static List<String> server(Server spec, @Nullable ForeignState state) {
    String name = Quote.identifier(spec.name());
    if (!spec.present()) {
      return state == null ? List.of() : List.of("drop server " + name);
    }
    var statements = new ArrayList<String>();
    if (state == null) {
      statements.add(
          "create server "
              + name
              + " foreign data wrapper "
              + Quote.identifier(spec.wrapper())
              + options(spec.options(), null));
    } else {
      String changes = options(spec.options(), state.options());
      if (!changes.isEmpty()) {
        statements.add("alter server " + name + changes);
      }
    }
    usages("foreign server " + name, spec.usages(), state, statements);
    return statements;
  }

  /// `-` asks for none.
  private static String function(String what, String wanted, String now) {
    if (wanted.isEmpty() || wanted.equals(now) || (wanted.equals("-") && now.isEmpty())) {
      return "";
    }
    return wanted.equals("-")
        ? " no " + what
        : " " + what + " " + Quote.identifiers(wanted.split("\\.", -1));
  }

  /// @param now null when the object is being made
  private static String options(List<Option> wanted, @Nullable Map<String, String> now) {
    var parts = new ArrayList<String>();
    for (Option option : wanted) {
      String name = Quote.identifier(option.name());
      String value = now == null ? null : now.get(option.name());
      if (!option.present()) {
        if (value != null) {
          parts.add("drop " + name);
        }
      } else if (now == null) {
        parts.add(name + " " + Quote.literal(option.value()));
      } else if (value == null) {
        parts.add("add " + name + " " + Quote.literal(option.value()));
      } else if (!value.equals(option.value())) {
        parts.add("set " + name + " " + Quote.literal(option.value()));
      }
    }
    return parts.isEmpty() ? "" : " options (" + String.join(", ", parts) + ")";
  }

  private static void usages(
      String object, List<Usage> wanted, @Nullable ForeignState state, List<String> statements) {
    Set<String> users = state == null ? Set.of() : state.users();
    for (Usage usage : wanted) {
      if (usage.granted() != users.contains(usage.role())) {
        statements.add(
            (usage.granted() ? "grant" : "revoke")
                + " usage on "
                + object
                + (usage.granted() ? " to " : " from ")
                + Quote.identifier(usage.role()));
      }
    }
  }
}
