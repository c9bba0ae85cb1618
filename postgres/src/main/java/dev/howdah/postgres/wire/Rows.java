// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.wire;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The result of one statement, all values as PostgreSQL's text.
///
/// @param names of the columns
/// @param tag what the server did, as in `SELECT 3` or `CREATE ROLE`
public record Rows(List<String> names, List<Row> rows, String tag) implements Iterable<Rows.Row> {
  public Rows {
    names = List.copyOf(names);
    rows = List.copyOf(rows);
  }

  /// One row.
  public static final class Row {
    private final List<String> names;
    private final @Nullable String[] values;

    Row(List<String> names, @Nullable String[] values) {
      this.names = names;
      this.values = values;
    }

    /// The value of a column; null for SQL's null.
    public @Nullable String get(String name) {
      int index = names.indexOf(name);
      if (index < 0) {
        throw new IllegalArgumentException("no column " + name + " among " + names);
      }
      return values[index];
    }

    /// The value of a column, or empty for SQL's null.
    public String text(String name) {
      String value = get(name);
      return value == null ? "" : value;
    }

    public boolean flag(String name) {
      return "t".equals(get(name));
    }

    /// The number in a column, or 0 for SQL's null.
    public long number(String name) {
      String value = get(name);
      return value == null ? 0 : Long.parseLong(value);
    }

    /// The value of a column by its position, from 0.
    public @Nullable String at(int index) {
      return values[index];
    }
  }

  /// The only row.
  public Row single() {
    if (rows.size() != 1) {
      throw new IllegalStateException("expected one row and got " + rows.size());
    }
    return rows.getFirst();
  }

  public Optional<Row> first() {
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.getFirst());
  }

  /// The first column of all rows; nulls are left out.
  public List<String> column() {
    var values = new ArrayList<String>();
    for (Row row : rows) {
      String value = row.at(0);
      if (value != null) {
        values.add(value);
      }
    }
    return values;
  }

  @Override
  public Iterator<Row> iterator() {
    return rows.iterator();
  }
}
