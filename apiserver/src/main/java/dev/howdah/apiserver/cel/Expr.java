// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An expression as parsed, with macros expanded into their own nodes.
sealed interface Expr {
  /// A value as written.
  record Literal(Object value) implements Expr {}

  /// A variable.
  record Variable(String name) implements Expr {}

  /// `a.b`, or `a.?b`.
  record Select(Expr operand, String field, boolean optional) implements Expr {}

  /// `has(a.b)`.
  record Has(Expr operand, String field) implements Expr {}

  /// `a[b]`, or `a[?b]`.
  record Index(Expr operand, Expr key, boolean optional) implements Expr {}

  /// A function, method or operator; operators have names such as `_+_`.
  record Call(String function, @Nullable Expr target, List<Expr> arguments) implements Expr {
    /// All operands, the target of a method first.
    List<Expr> operands() {
      if (target == null) {
        return arguments;
      }
      var all = new ArrayList<Expr>(arguments.size() + 1);
      all.add(target);
      all.addAll(arguments);
      return all;
    }
  }

  /// `a && b`, `a || b`: an error on one side does not count when the other decides.
  record Logic(boolean and, Expr left, Expr right) implements Expr {}

  /// `a ? b : c`.
  record Conditional(Expr condition, Expr yes, Expr no) implements Expr {}

  /// `[a, ?b]`.
  record ListOf(List<Expr> items, List<Boolean> optional) implements Expr {}

  /// `{a: b, ?c: d}`.
  record MapOf(List<Expr> keys, List<Expr> values, List<Boolean> optional) implements Expr {}

  /// `cel.bind(name, value, body)`.
  record Bind(String name, Expr value, Expr body) implements Expr {}

  /// What a comprehension makes of the elements.
  enum Fold {
    ALL,
    EXISTS,
    EXISTS_ONE,
    MAP,
    FILTER,
    TRANSFORM_LIST,
    TRANSFORM_MAP,
    TRANSFORM_MAP_ENTRY
  }

  /// A macro over the elements of a list or map. With one variable it is the item or the key; with
  /// two they are index and item, or key and value. `body` is what is asked or made of each element
  /// for which `condition` (if any) holds.
  record Comprehension(
      Fold fold,
      Expr range,
      String first,
      @Nullable String second,
      @Nullable Expr condition,
      Expr body)
      implements Expr {}

  /// `optional.optMap(name, body)` and `optFlatMap`.
  record OptionalMap(Expr operand, String name, Expr body, boolean flat) implements Expr {}
}
