// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Computes the value of one expression.
final class Evaluator {
  /// Far more than a sensible rule needs: ends what nested loops over long lists would make of it.
  private static final int MAX_STEPS = 5_000_000;

  /// Variables, the innermost first.
  record Scope(String name, Object value, @Nullable Scope outer) {}

  private int steps;

  Object evaluate(Expr expression, @Nullable Scope scope) {
    if (++steps > MAX_STEPS) {
      throw new CelException("operation cancelled: actual cost limit exceeded");
    }
    return switch (expression) {
      case Expr.Literal(var value) -> value;
      case Expr.Variable(var name) -> variable(name, scope);
      case Expr.Select select -> select(select, scope);
      case Expr.Has(var operand, var field) -> has(evaluate(operand, scope), field);
      case Expr.Index index -> index(index, scope);
      case Expr.Call call -> call(call, scope);
      case Expr.Logic logic -> logic(logic, scope);
      case Expr.Conditional(var condition, var yes, var no) ->
          evaluate(truth(evaluate(condition, scope), "_?_:_") ? yes : no, scope);
      case Expr.ListOf list -> list(list, scope);
      case Expr.MapOf map -> map(map, scope);
      case Expr.Bind(var name, var value, var body) ->
          evaluate(body, new Scope(name, evaluate(value, scope), scope));
      case Expr.Comprehension comprehension ->
          new Comprehender(this, comprehension, scope).result();
      case Expr.OptionalMap optional -> optionalMap(optional, scope);
    };
  }

  static boolean truth(Object value, String function) {
    if (value instanceof Boolean truth) {
      return truth;
    }
    throw CelException.noSuchOverload(function);
  }

  private static Object variable(String name, @Nullable Scope scope) {
    for (var at = scope; at != null; at = at.outer()) {
      if (at.name().equals(name)) {
        return at.value();
      }
    }
    var type = Functions.type(name);
    if (type == null) {
      throw new CelException("no such attribute(s): " + name);
    }
    return type;
  }

  private Object select(Expr.Select select, @Nullable Scope scope) {
    var operand = evaluate(select.operand(), scope);
    if (operand instanceof Optional<?> optional) {
      return optional.isEmpty() ? optional : optionally(field(optional.get(), select.field()));
    }
    var found = field(operand, select.field());
    if (select.optional()) {
      return optionally(found);
    }
    if (found == null) {
      throw new CelException("no such key: " + select.field());
    }
    return found;
  }

  private static Optional<Object> optionally(@Nullable Object value) {
    return Optional.ofNullable(value);
  }

  /// A field of an object; names that are no identifiers are escaped in expressions.
  private static @Nullable Object field(Object operand, String name) {
    if (!(operand instanceof Map<?, ?> map)) {
      throw new CelException(
          "no such overload: type '%s' does not support field selection"
              .formatted(Values.typeName(operand)));
    }
    var found = map.get(name);
    return found == null && name.contains("__") ? map.get(Names.unescape(name)) : found;
  }

  private static Object has(Object operand, String name) {
    if (operand instanceof Optional<?> optional) {
      return optional.isPresent() && (boolean) has(optional.get(), name);
    }
    var found = field(operand, name);
    return found != null && found != Values.NULL;
  }

  private Object index(Expr.Index index, @Nullable Scope scope) {
    var operand = evaluate(index.operand(), scope);
    var key = evaluate(index.key(), scope);
    if (operand instanceof Optional<?> optional) {
      return optional.isEmpty() ? optional : optionally(element(optional.get(), key));
    }
    var found = element(operand, key);
    if (index.optional()) {
      return optionally(found);
    }
    if (found == null) {
      throw new CelException(
          operand instanceof List<?>
              ? "index out of bounds: " + key
              : "no such key: " + Strings.plain(key));
    }
    return found;
  }

  private static @Nullable Object element(Object operand, Object key) {
    return switch (operand) {
      case List<?> list -> {
        var position = position(key);
        yield position < 0 || position >= list.size() ? null : list.get((int) position);
      }
      case Map<?, ?> map -> Values.lookUp(map, key);
      default -> throw CelException.noSuchOverload("_[_]");
    };
  }

  private static long position(Object key) {
    return switch (key) {
      case Long integer -> integer;
      case Values.Unsigned(var value) -> value;
      case Double real when real == Math.rint(real) -> real.longValue();
      default -> throw CelException.noSuchOverload("_[_]");
    };
  }

  private Object call(Expr.Call call, @Nullable Scope scope) {
    var operands = call.operands();
    var values = new ArrayList<Object>(operands.size());
    for (var operand : operands) {
      values.add(evaluate(operand, scope));
    }
    return Functions.call(call.function(), values);
  }

  private Object logic(Expr.Logic logic, @Nullable Scope scope) {
    var name = logic.and() ? "_&&_" : "_||_";
    var decides = !logic.and();
    CelException failure = null;
    try {
      if (truth(evaluate(logic.left(), scope), name) == decides) {
        return decides;
      }
    } catch (CelException e) {
      failure = e;
    }
    var right = truth(evaluate(logic.right(), scope), name);
    if (right == decides || failure == null) {
      return right;
    }
    throw failure;
  }

  private Object list(Expr.ListOf list, @Nullable Scope scope) {
    var result = new ArrayList<Object>(list.items().size());
    for (var i = 0; i < list.items().size(); i++) {
      var value = evaluate(list.items().get(i), scope);
      if (!list.optional().get(i)) {
        result.add(value);
      } else if (value instanceof Optional<?> optional) {
        optional.ifPresent(result::add);
      } else {
        throw CelException.noSuchOverload("[?_]");
      }
    }
    return result;
  }

  private Object map(Expr.MapOf map, @Nullable Scope scope) {
    var result = new LinkedHashMap<Object, Object>();
    for (var i = 0; i < map.keys().size(); i++) {
      var key = evaluate(map.keys().get(i), scope);
      var value = evaluate(map.values().get(i), scope);
      if (map.optional().get(i)) {
        if (value instanceof Optional<?> optional) {
          optional.ifPresent(present -> result.put(key, present));
          continue;
        }
        throw CelException.noSuchOverload("{?_: _}");
      }
      if (result.put(key, value) != null) {
        throw new CelException("insert failed: key " + Strings.plain(key) + " already exists");
      }
    }
    return result;
  }

  private Object optionalMap(Expr.OptionalMap map, @Nullable Scope scope) {
    if (!(evaluate(map.operand(), scope) instanceof Optional<?> optional)) {
      throw CelException.noSuchOverload(map.flat() ? "optFlatMap" : "optMap");
    }
    if (optional.isEmpty()) {
      return optional;
    }
    var value = evaluate(map.body(), new Scope(map.name(), optional.get(), scope));
    return map.flat() ? value : Optional.of(value);
  }
}
