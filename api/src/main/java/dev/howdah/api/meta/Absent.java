// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.meta;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How an absent field reads: as its default, or as an empty collection.
public final class Absent {
  private Absent() {}

  public static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }

  public static <T> List<T> list(@Nullable List<T> items) {
    return items == null || items.isEmpty()
        ? List.of()
        : Collections.unmodifiableList(new ArrayList<>(items));
  }

  public static <V> Map<String, V> map(@Nullable Map<String, V> entries) {
    return entries == null || entries.isEmpty()
        ? Map.of()
        : Collections.unmodifiableMap(new LinkedHashMap<>(entries));
  }
}
