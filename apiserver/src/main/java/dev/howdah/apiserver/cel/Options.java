// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Values that may be absent.
final class Options {
  private Options() {}

  static void addTo(Map<String, Functions.Function> all) {
    all.put("optional.of", args -> Optional.of(args.get(0)));
    all.put("optional.none", _ -> Optional.empty());
    all.put(
        "optional.ofNonZeroValue",
        args -> isZero(args.get(0)) ? Optional.empty() : Optional.of(args.get(0)));
    all.put("hasValue", args -> args.as(0, Optional.class).isPresent());
    all.put("value", Options::value);
    all.put("or", args -> args.as(0, Optional.class).isPresent() ? args.get(0) : args.get(1));
    all.put(
        "orValue",
        args -> {
          Optional<?> optional = args.as(0, Optional.class);
          return optional.isPresent() ? optional.get() : args.get(1);
        });
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
