// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The values of the language as Java objects: `Long` (int), [Unsigned] (uint), `Double`,
/// `Boolean`, `String`, [Bytes], `Instant` (timestamp), `Duration`, `List`, `Map`, `Optional`,
/// [#NULL], [Type], and the types of Kubernetes' functions.
public final class Values {
  /// The value `null`.
  public static final Object NULL =
      new Object() {
        @Override
        public String toString() {
          return "null";
        }
      };

  private Values() {}

  /// A duration as Go writes it (`1h30m`), or absent for other texts.
  public static @Nullable Duration duration(String text) {
    try {
      return Times.parse(text);
    } catch (CelException e) {
      return null;
    }
  }

  /// An unsigned integer.
  record Unsigned(long value) {
    @Override
    public String toString() {
      return Long.toUnsignedString(value);
    }
  }

  /// A sequence of bytes.
  public record Bytes(byte[] data) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Bytes(var bytes) && Arrays.equals(data, bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(data);
    }

    @Override
    public String toString() {
      return new String(data, StandardCharsets.UTF_8);
    }
  }

  /// A type as a value, as `type(x)` returns it.
  record Type(String name) {
    @Override
    public String toString() {
      return name;
    }
  }

  /// A list of Kubernetes whose order does not matter: a set, or items told apart by keys.
  public static final class KeyedList extends AbstractList<Object> {
    private final List<Object> items;
    private final List<String> keys;

    /// Without keys, the items themselves are the keys: a set.
    public KeyedList(List<Object> items, List<String> keys) {
      this.items = items;
      this.keys = keys;
    }

    @Override
    public Object get(int index) {
      return items.get(index);
    }

    @Override
    public int size() {
      return items.size();
    }

    private Object key(Object item) {
      if (keys.isEmpty() || !(item instanceof Map<?, ?> map)) {
        return item;
      }
      var key = new ArrayList<Object>();
      for (var name : keys) {
        var part = map.get(name);
        key.add(part == null ? NULL : part);
      }
      return key;
    }

    private @Nullable Object find(Object key) {
      for (var item : items) {
        if (same(key(item), key)) {
          return item;
        }
      }
      return null;
    }

    boolean sameItems(List<?> other) {
      if (other.size() != size()) {
        return false;
      }
      for (var item : other) {
        var mine = find(key(item));
        if (mine == null || !same(mine, item)) {
          return false;
        }
      }
      return true;
    }

    /// What `+` means here: items of the other list replace those with the same key.
    KeyedList plus(List<?> other) {
      var result = new ArrayList<Object>(items);
      for (var item : other) {
        var at = -1;
        for (var i = 0; i < result.size() && at < 0; i++) {
          at = same(key(result.get(i)), key(item)) ? i : -1;
        }
        if (at < 0) {
          result.add(item);
        } else {
          result.set(at, item);
        }
      }
      return new KeyedList(result, keys);
    }
  }

  /// Equality as in the language: numbers by value whatever their type, no errors.
  static boolean same(Object a, Object b) {
    if (a == b) {
      return true;
    }
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(a, b) == 0;
    }
    if (a instanceof List<?> left && b instanceof List<?> right) {
      return sameLists(left, right);
    }
    if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
      return sameMaps(left, right);
    }
    if (a instanceof Optional<?> left && b instanceof Optional<?> right) {
      return left.isPresent() == right.isPresent()
          && (left.isEmpty() || same(left.get(), right.orElseThrow()));
    }
    if (a instanceof BigDecimal left && b instanceof BigDecimal right) {
      return left.compareTo(right) == 0;
    }
    return a.equals(b);
  }

  private static boolean sameLists(List<?> left, List<?> right) {
    if (left instanceof KeyedList keyed) {
      return keyed.sameItems(right);
    }
    if (right instanceof KeyedList keyed) {
      return keyed.sameItems(left);
    }
    if (left.size() != right.size()) {
      return false;
    }
    for (var i = 0; i < left.size(); i++) {
      if (!same(left.get(i), right.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameMaps(Map<?, ?> left, Map<?, ?> right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (var entry : left.entrySet()) {
      var other = lookUp(right, entry.getKey());
      if (other == null || !same(entry.getValue(), other)) {
        return false;
      }
    }
    return true;
  }

  /// The value under a key; a number finds the same number of another type.
  static @Nullable Object lookUp(Map<?, ?> map, Object key) {
    var direct = map.get(key);
    if (direct != null || !isNumber(key)) {
      return direct;
    }
    for (var entry : map.entrySet()) {
      if (same(entry.getKey(), key)) {
        return entry.getValue();
      }
    }
    return null;
  }

  static boolean isNumber(Object value) {
    return value instanceof Long || value instanceof Double || value instanceof Unsigned;
  }

  /// The order of two values, or absent where there is none.
  static @Nullable Integer compare(Object a, Object b) {
    if (isNumber(a) && isNumber(b)) {
      return isNaN(a) || isNaN(b) ? null : (Integer) compareNumbers(a, b);
    }
    return switch (a) {
      case String left when b instanceof String right -> compareTexts(left, right);
      case Boolean left when b instanceof Boolean right -> left.compareTo(right);
      case Instant left when b instanceof Instant right -> left.compareTo(right);
      case Duration left when b instanceof Duration right -> left.compareTo(right);
      case BigDecimal left when b instanceof BigDecimal right -> left.compareTo(right);
      case Bytes(var left) when b instanceof Bytes(var right) ->
          Arrays.compareUnsigned(left, right);
      default -> null;
    };
  }

  /// By code points, as UTF-8 sorts.
  private static int compareTexts(String left, String right) {
    return Arrays.compareUnsigned(
        left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isNaN(Object number) {
    return number instanceof Double real && real.isNaN();
  }

  private static int compareNumbers(Object a, Object b) {
    if (isNaN(a) || isNaN(b)) {
      return 1;
    }
    if (a instanceof Long left && b instanceof Long right) {
      return left.compareTo(right);
    }
    if (isInfinite(a) || isInfinite(b)) {
      return Double.compare(exact(a).doubleValue(), exact(b).doubleValue());
    }
    return decimal(a).compareTo(decimal(b));
  }

  private static boolean isInfinite(Object number) {
    return number instanceof Double real && real.isInfinite();
  }

  private static Number exact(Object number) {
    return number instanceof Double real ? real : decimal(number);
  }

  private static BigDecimal decimal(Object number) {
    return switch (number) {
      case Long integer -> BigDecimal.valueOf(integer);
      case Double real -> new BigDecimal(real);
      default -> new BigDecimal(number.toString());
    };
  }

  /// The name of a value's type.
  static String typeName(Object value) {
    return switch (value) {
      case Long _ -> "int";
      case Unsigned _ -> "uint";
      case Double _ -> "double";
      case Boolean _ -> "bool";
      case String _ -> "string";
      case Bytes _ -> "bytes";
      case Instant _ -> "google.protobuf.Timestamp";
      case Duration _ -> "google.protobuf.Duration";
      case List<?> _ -> "list";
      case Map<?, ?> _ -> "map";
      case Optional<?> _ -> "optional_type";
      case Type _ -> "type";
      case BigDecimal _ -> "kubernetes.Quantity";
      default -> value == NULL ? "null_type" : value.getClass().getSimpleName();
    };
  }
}
