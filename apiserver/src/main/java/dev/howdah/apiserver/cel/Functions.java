// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All functions, methods and operators by name. Plain switches instead of a table of lambdas:
/// these would cost more to link than all rules of a Cluster to evaluate.
final class Functions {
  private enum Library {
    OPERATORS("_==_ _!=_ _<_ _<=_ _>_ _>=_ @in !_ -_ _+_ _-_ _*_ _/_ _%_"),
    CONVERSIONS("int uint double bool string bytes dyn type size"),
    TIMES(
        "timestamp duration getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear"
            + " getHours getMinutes getSeconds getMilliseconds"),
    STRINGS(
        "contains startsWith endsWith matches find findAll charAt lowerAscii upperAscii replace"
            + " split join substring trim format strings.quote"),
    COLLECTIONS(
        "indexOf lastIndexOf isSorted sum min max slice reverse distinct sort flatten first last"
            + " lists.range sets.contains sets.equivalent sets.intersects"),
    OPTIONS("optional.of optional.none optional.ofNonZeroValue hasValue value or orValue"),
    QUANTITIES(
        "isQuantity quantity isInteger asInteger asApproximateFloat sign add sub compareTo"
            + " isLessThan isGreaterThan"),
    NETWORKS(
        "isURL url getScheme getHost getHostname getPort getEscapedPath getQuery isIP ip"
            + " ip.isCanonical family isUnspecified isLoopback isLinkLocalUnicast"
            + " isLinkLocalMulticast isGlobalUnicast isCIDR cidr containsIP containsCIDR"
            + " prefixLength masked"),
    FORMATS(NamedFormats.NAMES);

    private final String names;

    Library(String names) {
      this.names = names;
    }
  }

  private static final Set<String> NAMESPACES =
      Set.of("optional", "strings", "sets", "lists", "format");
  private static final Set<String> TYPES =
      Set.of(
          "int",
          "uint",
          "double",
          "bool",
          "string",
          "bytes",
          "list",
          "map",
          "null_type",
          "type",
          "optional_type");
  private static final Map<String, Library> LIBRARIES = new HashMap<>();

  static {
    for (var library : Library.values()) {
      for (var name : library.names.split(" ")) {
        LIBRARIES.put(name, library);
      }
    }
  }

  private Functions() {}

  static boolean isNamespace(String name) {
    return NAMESPACES.contains(name);
  }

  static boolean isKnown(String name) {
    return LIBRARIES.containsKey(name);
  }

  /// The type that an identifier names, or absent.
  static Values.@Nullable Type type(String identifier) {
    return TYPES.contains(identifier) ? new Values.Type(identifier) : null;
  }

  static Object call(String name, List<Object> arguments) {
    var args = new Args(name, arguments);
    var library = LIBRARIES.get(name);
    var result =
        switch (library) {
          case OPERATORS -> Operators.call(args);
          case CONVERSIONS -> Conversions.call(args);
          case TIMES -> Times.call(args);
          case STRINGS -> Strings.call(args);
          case COLLECTIONS -> Collections.call(args);
          case OPTIONS -> Options.call(args);
          case QUANTITIES -> Quantities.call(args);
          case NETWORKS -> Networks.call(args);
          case FORMATS -> NamedFormats.call(args);
          case null -> null;
        };
    if (result == null) {
      throw CelException.noSuchOverload(name);
    }
    return result;
  }
}
