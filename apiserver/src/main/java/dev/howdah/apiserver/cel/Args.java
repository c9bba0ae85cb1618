// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.util.List;
import java.util.Map;

/// The arguments of one call; the target of a method is the first. Asking for the wrong type fails
/// as a missing overload does.
record Args(String function, List<Object> values) {
  int count() {
    return values.size();
  }

  Object get(int index) {
    if (index >= values.size()) {
      throw wrong();
    }
    return values.get(index);
  }

  CelException wrong() {
    return CelException.noSuchOverload(function);
  }

  /// Fails unless there are so many.
  Args only(int least, int most) {
    if (values.size() < least || values.size() > most) {
      throw wrong();
    }
    return this;
  }

  String text(int index) {
    return as(index, String.class);
  }

  long integer(int index) {
    return as(index, Long.class);
  }

  int position(int index) {
    return Math.clamp(integer(index), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  List<?> list(int index) {
    return as(index, List.class);
  }

  Map<?, ?> map(int index) {
    return as(index, Map.class);
  }

  <T> T as(int index, Class<T> type) {
    var value = get(index);
    if (type.isInstance(value)) {
      return type.cast(value);
    }
    throw wrong();
  }
}
