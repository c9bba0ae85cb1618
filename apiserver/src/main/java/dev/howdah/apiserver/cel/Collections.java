// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Functions of lists and of lists as sets.
final class Collections {
  private Collections() {}

  /// The value of one of these functions, or absent for the name of another.
  static @Nullable Object call(Args args) {
    return switch (args.function()) {
      case "indexOf" -> indexOf(args, false);
      case "lastIndexOf" -> indexOf(args, true);
      case "isSorted" -> isSorted(args);
      case "sum" -> sum(args);
      case "min" -> extreme(args, -1);
      case "max" -> extreme(args, 1);
      case "slice" -> slice(args);
      case "reverse" -> reverse(args);
      case "distinct" -> distinct(args.list(0));
      case "sort" -> sort(args);
      case "flatten" -> flatten(args.list(0), args.count() > 1 ? args.integer(1) : 1);
      case "first" -> end(args, true);
      case "last" -> end(args, false);
      case "lists.range" -> range(args);
      case "sets.contains" -> containsAll(args.list(0), args.list(1));
      case "sets.equivalent" ->
          containsAll(args.list(0), args.list(1)) && containsAll(args.list(1), args.list(0));
      case "sets.intersects" -> intersects(args.list(0), args.list(1));
      default -> null;
    };
  }

  static boolean contains(List<?> list, Object item) {
    for (var each : list) {
      if (Values.same(each, item)) {
        return true;
      }
    }
    return false;
  }

  private static boolean containsAll(List<?> list, List<?> items) {
    for (var item : items) {
      if (!contains(list, item)) {
        return false;
      }
    }
    return true;
  }

  private static boolean intersects(List<?> a, List<?> b) {
    for (var item : a) {
      if (contains(b, item)) {
        return true;
      }
    }
    return false;
  }

  private static Object indexOf(Args args, boolean last) {
    if (args.get(0) instanceof String) {
      return Strings.indexOf(args, last);
    }
    var list = args.list(0);
    var found = -1L;
    for (var i = 0; i < list.size(); i++) {
      if (Values.same(list.get(i), args.get(1))) {
        found = i;
        if (!last) {
          break;
        }
      }
    }
    return found;
  }

  private static int order(Args args, Object a, Object b) {
    var order = Values.compare(a, b);
    if (order == null) {
      throw args.wrong();
    }
    return order;
  }

  private static Object isSorted(Args args) {
    var list = args.list(0);
    for (var i = 1; i < list.size(); i++) {
      if (order(args, list.get(i - 1), list.get(i)) > 0) {
        return false;
      }
    }
    return true;
  }

  private static Object sum(Args args) {
    Object total = null;
    for (var item : args.list(0)) {
      total = total == null ? item : Functions.call("_+_", List.of(total, item));
    }
    if (total != null && !Values.isNumber(total) && !(total instanceof Duration)) {
      throw args.wrong();
    }
    return total == null ? (Object) 0L : total;
  }

  private static Object extreme(Args args, int sign) {
    Object best = null;
    for (var item : args.list(0)) {
      best = best == null || order(args, item, best) * sign > 0 ? item : best;
    }
    if (best == null) {
      throw new CelException(args.function() + " called on empty list");
    }
    return best;
  }

  private static Object slice(Args args) {
    var list = args.list(0);
    var from = args.position(1);
    var to = args.position(2);
    if (from < 0 || to > list.size() || from > to) {
      throw new CelException(
          "cannot slice(%d, %d), list is length %d".formatted(from, to, list.size()));
    }
    return List.copyOf(list.subList(from, to));
  }

  private static Object reverse(Args args) {
    return args.get(0) instanceof String text
        ? new StringBuilder(text).reverse().toString()
        : List.copyOf(args.list(0).reversed());
  }

  private static List<Object> distinct(List<?> list) {
    var result = new ArrayList<Object>();
    for (var item : list) {
      if (!contains(result, item)) {
        result.add(item);
      }
    }
    return result;
  }

  private static Object sort(Args args) {
    var result = new ArrayList<Object>(args.list(0));
    result.sort((a, b) -> order(args, a, b));
    return result;
  }

  private static List<Object> flatten(List<?> list, long depth) {
    var result = new ArrayList<Object>();
    for (var item : list) {
      if (item instanceof List<?> inner && depth > 0) {
        result.addAll(flatten(inner, depth - 1));
      } else {
        result.add(item);
      }
    }
    return result;
  }

  private static Object end(Args args, boolean first) {
    var list = args.list(0);
    return list.isEmpty()
        ? Optional.empty()
        : Optional.of(first ? list.getFirst() : list.getLast());
  }

  private static Object range(Args args) {
    var result = new ArrayList<Object>();
    for (var i = 0L; i < Math.min(args.integer(0), 1_000_000); i++) {
      result.add(i);
    }
    return result;
  }
}
