// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Values that may be absent.
final class Options {
  private Options() {}

  /// The value of one of these functions, or absent for the name of another.
  static @Nullable Object call(Args args) {
    return switch (args.function()) {
      case "optional.of" -> Optional.of(args.get(0));
      case "optional.none" -> Optional.empty();
      case "optional.ofNonZeroValue" ->
          isZero(args.get(0)) ? Optional.empty() : Optional.of(args.get(0));
      case "hasValue" -> args.as(0, Optional.class).isPresent();
      case "value" -> value(args);
      case "or" -> args.as(0, Optional.class).isPresent() ? args.get(0) : args.get(1);
      case "orValue" -> orValue(args);
      default -> null;
    };
  }

  private static Object orValue(Args args) {
    Optional<?> optional = args.as(0, Optional.class);
    return optional.isPresent() ? optional.get() : args.get(1);
  }

  private static Object value(Args args) {
    Optional<?> optional = args.as(0, Optional.class);
    if (optional.isEmpty()) {
      throw new CelException("optional.none() dereference");
    }
    return optional.get();
  }

  private static boolean isZero(Object value) {
    return switch (value) {
      case String text -> text.isEmpty();
      case Boolean truth -> !truth;
      case List<?> list -> list.isEmpty();
      case Map<?, ?> map -> map.isEmpty();
      case Values.Bytes(var data) -> data.length == 0;
      default -> value == Values.NULL || (Values.isNumber(value) && Values.same(value, 0L));
    };
  }
}
