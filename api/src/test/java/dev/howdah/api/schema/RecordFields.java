// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;

/// The fields of our records, wherever in a resource these stand, as `InitDb.owner`.
public final class RecordFields {
  private RecordFields() {}

  /// All fields of a record and of those below it.
  public static Set<String> all(Class<?> record) {
    Set<String> fields = new TreeSet<>();
    collect(record, new LinkedHashSet<>(), fields);
    return fields;
  }

  private static void collect(Class<?> record, Set<Class<?>> seen, Set<String> fields) {
    if (!seen.add(record)) {
      return;
    }
    for (RecordComponent component : record.getRecordComponents()) {
      fields.add(record.getSimpleName() + "." + SchemaOfRecord.jsonName(component));
      Class<?> inner = innermost(component.getGenericType());
      if (inner.isRecord()) {
        collect(inner, seen, fields);
      }
    }
  }

  /// The fields that a tree has.
  public static Set<String> used(Class<?> record, JsonNode tree) {
    Set<String> fields = new TreeSet<>();
    for (RecordComponent component : record.getRecordComponents()) {
      String name = SchemaOfRecord.jsonName(component);
      if (tree.hasNonNull(name)) {
        fields.add(record.getSimpleName() + "." + name);
        below(component.getGenericType(), tree.get(name), fields);
      }
    }
    return fields;
  }

  private static void below(Type type, JsonNode tree, Set<String> fields) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      tree.forEach(item -> below(arguments[arguments.length - 1], item, fields));
    } else if (type instanceof Class<?> plain && plain.isRecord()) {
      fields.addAll(used(plain, tree));
    }
  }

  private static Class<?> innermost(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      return innermost(arguments[arguments.length - 1]);
    }
    return (Class<?>) type;
  }
}
