// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// A setting of a database, as `pg_db_role_setting` has it.
record Setting(String name, String value) {
  /// Lists of names, which the catalogue has with PostgreSQL's own quotes: each name becomes a
  /// value of its own.
  private static final Set<String> LISTS =
      Set.of(
          "search_path",
          "temp_tablespaces",
          "session_preload_libraries",
          "shared_preload_libraries",
          "local_preload_libraries",
          "unix_socket_directories");

  /// @param text as in `work_mem=4MB`
  static Setting parse(String text) {
    int equals = text.indexOf('=');
    return new Setting(text.substring(0, equals), text.substring(equals + 1));
  }

  /// The statement that gives it to another database.
  ///
  /// @param role for whose sessions alone it is; empty for all
  String statement(String database, String role) {
    List<String> values =
        LISTS.contains(name.toLowerCase(Locale.ROOT)) ? names(value) : List.of(value);
    return "%s SET %s TO %s"
        .formatted(
            role.isEmpty()
                ? "ALTER DATABASE " + Place.identifier(database)
                : "ALTER ROLE %s IN DATABASE %s"
                    .formatted(Place.identifier(role), Place.identifier(database)),
            Place.identifier(name),
            values.isEmpty()
                ? "''"
                : String.join(", ", values.stream().map(Place::literal).toList()));
  }

  private static List<String> names(String list) {
    var names = new ArrayList<String>();
    var name = new StringBuilder();
    boolean quoted = false;
    boolean wasQuoted = false;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (quoted && c == '"' && i + 1 < list.length() && list.charAt(i + 1) == '"') {
        name.append(c);
        i++;
      } else if (c == '"') {
        quoted = !quoted;
        wasQuoted = true;
      } else if (c == ',' && !quoted) {
        add(names, name, wasQuoted);
        wasQuoted = false;
      } else if (quoted || !Character.isWhitespace(c)) {
        name.append(c);
      }
    }
    add(names, name, wasQuoted);
    return names;
  }

  private static void add(List<String> names, StringBuilder name, boolean quoted) {
    if (quoted || !name.isEmpty()) {
      names.add(name.toString());
    }
    name.setLength(0);
  }
}
