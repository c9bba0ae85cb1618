// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import dev.howdah.apiserver.cel.Evaluator.Scope;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// A compiled expression; immutable, for any number of threads.
public final class Program {
  private final Expr expression;
  private final Set<String> used = new HashSet<>();

  private Program(String text, Set<String> variables) {
    expression = Parser.parse(text);
    check(expression, variables);
  }

  /// Compiles an expression over variables of these names. Throws [CelException] for what is no
  /// expression, or names an unknown function or variable; types are known only when it runs.
  public static Program compile(String text, Set<String> variables) {
    return new Program(text, variables);
  }

  /// Whether the expression mentions a variable.
  public boolean uses(String variable) {
    return used.contains(variable);
  }

  /// The value of the expression; throws [CelException] where it has none. Values are those that
  /// [Values] lists.
  public Object evaluate(Map<String, Object> variables) {
    Scope scope = null;
    for (var entry : variables.entrySet()) {
      scope = new Scope(entry.getKey(), entry.getValue(), scope);
    }
    return new Evaluator().evaluate(expression, scope);
  }

  private void check(Expr part, Set<String> names) {
    switch (part) {
      case Expr.Literal _ -> {}
      case Expr.Variable(var name) -> {
        if (!names.contains(name) && Functions.type(name) == null) {
          throw new CelException("ERROR: undeclared reference to '%s'".formatted(name));
        }
        used.add(name);
      }
      case Expr.Select select -> check(select.operand(), names);
      case Expr.Has has -> check(has.operand(), names);
      case Expr.Index index -> {
        check(index.operand(), names);
        check(index.key(), names);
      }
      case Expr.Call call -> {
        if (!Functions.isKnown(call.function())) {
          throw new CelException("ERROR: undeclared reference to '%s'".formatted(call.function()));
        }
        call.operands().forEach(each -> check(each, names));
      }
      case Expr.Logic(_, var left, var right) -> {
        check(left, names);
        check(right, names);
      }
      case Expr.Conditional(var condition, var yes, var no) -> {
        check(condition, names);
        check(yes, names);
        check(no, names);
      }
      case Expr.ListOf list -> list.items().forEach(each -> check(each, names));
      case Expr.MapOf map -> {
        map.keys().forEach(each -> check(each, names));
        map.values().forEach(each -> check(each, names));
      }
      case Expr.Bind(var name, var value, var body) -> {
        check(value, names);
        check(body, with(names, name));
      }
      case Expr.OptionalMap map -> {
        check(map.operand(), names);
        check(map.body(), with(names, map.name()));
      }
      case Expr.Comprehension macro -> {
        check(macro.range(), names);
        var inner = with(names, macro.first());
        var second = macro.second();
        inner = second == null ? inner : with(inner, second);
        var condition = macro.condition();
        if (condition != null) {
          check(condition, inner);
        }
        check(macro.body(), inner);
      }
    }
  }

  private static Set<String> with(Set<String> names, String name) {
    var result = new HashSet<>(names);
    result.add(name);
    return result;
  }
}
