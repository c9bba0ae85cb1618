// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import dev.howdah.apiserver.cel.Evaluator.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs one macro over the elements of a list or map.
final class Comprehender {
  private final Evaluator evaluator;
  private final Expr.Comprehension macro;
  private final @Nullable Scope outer;
  private final List<Object> listed = new ArrayList<>();
  private final Map<Object, Object> mapped = new LinkedHashMap<>();
  private @Nullable CelException failure;
  private int matches;

  Comprehender(Evaluator evaluator, Expr.Comprehension macro, @Nullable Scope outer) {
    this.evaluator = evaluator;
    this.macro = macro;
    this.outer = outer;
  }

  Object result() {
    var range = evaluator.evaluate(macro.range(), outer);
    var decided = false;
    switch (range) {
      case List<?> list -> {
        for (var i = 0; i < list.size() && !decided; i++) {
          decided = step((long) i, list.get(i), list.get(i));
        }
      }
      case Map<?, ?> map -> {
        for (var entry : map.entrySet()) {
          decided = decided || step(entry.getKey(), entry.getValue(), entry.getKey());
        }
      }
      default ->
          throw new CelException(
              "no such overload: type '%s' cannot be the range of a comprehension"
                  .formatted(Values.typeName(range)));
    }
    return switch (macro.fold()) {
      case ALL -> decide(decided, true);
      case EXISTS -> decide(decided, false);
      case EXISTS_ONE -> matches == 1;
      case FILTER -> range instanceof Map<?, ?> && macro.second() != null ? mapped : listed;
      case MAP, TRANSFORM_LIST -> listed;
      case TRANSFORM_MAP, TRANSFORM_MAP_ENTRY -> mapped;
    };
  }

  /// An error counts only when no other element decides.
  private boolean decide(boolean decided, boolean otherwise) {
    if (!decided && failure != null) {
      throw failure;
    }
    return decided != otherwise;
  }

  /// Takes one element; true ends the loop.
  private boolean step(Object key, Object value, Object single) {
    var second = macro.second();
    var scope =
        second == null
            ? new Scope(macro.first(), single, outer)
            : new Scope(second, value, new Scope(macro.first(), key, outer));
    var condition = macro.condition();
    if (condition != null
        && !Evaluator.truth(evaluator.evaluate(condition, scope), "comprehension")) {
      return false;
    }
    switch (macro.fold()) {
      case ALL, EXISTS -> {
        return decides(scope, macro.fold() == Expr.Fold.EXISTS);
      }
      case EXISTS_ONE -> matches += truth(scope) ? 1 : 0;
      case FILTER -> {
        if (truth(scope)) {
          listed.add(single);
          mapped.put(key, value);
        }
      }
      case MAP, TRANSFORM_LIST -> listed.add(evaluator.evaluate(macro.body(), scope));
      case TRANSFORM_MAP -> mapped.put(key, evaluator.evaluate(macro.body(), scope));
      case TRANSFORM_MAP_ENTRY -> {
        if (!(evaluator.evaluate(macro.body(), scope) instanceof Map<?, ?> entries)) {
          throw CelException.noSuchOverload("transformMapEntry");
        }
        mapped.putAll(entries);
      }
    }
    return false;
  }

  private boolean truth(Scope scope) {
    return Evaluator.truth(evaluator.evaluate(macro.body(), scope), "comprehension");
  }

  private boolean decides(Scope scope, boolean deciding) {
    try {
      return truth(scope) == deciding;
    } catch (CelException e) {
      failure = e;
      return false;
    }
  }
}
