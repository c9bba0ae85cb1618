// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The outcome of a query, all values as text.
public record Rows(List<String> columns, List<Row> rows) {
  public static final Rows NONE = new Rows(List.of(), List.of());

  public Rows {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
  }

  /// One row; absent columns and NULL are null, or what the typed accessors say.
  public record Row(List<String> columns, @Nullable String[] values) {
    public @Nullable String text(String column) {
      int at = columns.indexOf(column);
      if (at < 0) {
        throw new IllegalArgumentException("no column " + column + " in " + columns);
      }
      return values[at];
    }

    public String text(String column, String otherwise) {
      String value = text(column);
      return value == null ? otherwise : value;
    }

    public boolean flag(String column) {
      return "t".equals(text(column));
    }

    public long number(String column) {
      String value = text(column);
      return value == null || value.isEmpty() ? 0 : Long.parseLong(value);
    }
  }

  /// The only row.
  public Row one() {
    if (rows.size() != 1) {
      throw new IllegalStateException("expected one row, got " + rows.size());
    }
    return rows.getFirst();
  }

  public boolean isEmpty() {
    return rows.isEmpty();
  }
}
