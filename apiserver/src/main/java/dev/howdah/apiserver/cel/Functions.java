// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All functions, methods and operators by name.
final class Functions {
  /// One function under all its overloads.
  @FunctionalInterface
  interface Function {
    Object apply(Args arguments);
  }

  private static final Set<String> NAMESPACES =
      Set.of("optional", "strings", "sets", "lists", "format");
  private static final Map<String, Values.Type> TYPES =
      Map.ofEntries(
          type("int", "int"),
          type("uint", "uint"),
          type("double", "double"),
          type("bool", "bool"),
          type("string", "string"),
          type("bytes", "bytes"),
          type("list", "list"),
          type("map", "map"),
          type("null_type", "null_type"),
          type("type", "type"),
          type("optional_type", "optional_type"));
  private static final Map<String, Function> ALL = new HashMap<>();

  static {
    Operators.addTo(ALL);
    Conversions.addTo(ALL);
    Times.addTo(ALL);
    Strings.addTo(ALL);
    Collections.addTo(ALL);
    Options.addTo(ALL);
    Quantities.addTo(ALL);
    Networks.addTo(ALL);
    NamedFormats.addTo(ALL);
  }

  private Functions() {}

  private static Map.Entry<String, Values.Type> type(String identifier, String name) {
    return Map.entry(identifier, new Values.Type(name));
  }

  static boolean isNamespace(String name) {
    return NAMESPACES.contains(name);
  }

  static boolean isKnown(String name) {
    return ALL.containsKey(name);
  }

  /// The type that an identifier names, or absent.
  static Values.@Nullable Type type(String identifier) {
    return TYPES.get(identifier);
  }

  static Object call(String name, List<Object> arguments) {
    var function = ALL.get(name);
    if (function == null) {
      throw CelException.noSuchOverload(name);
    }
    return function.apply(new Args(name, arguments));
  }
}
