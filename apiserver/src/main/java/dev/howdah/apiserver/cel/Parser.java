// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import dev.howdah.apiserver.cel.Expr.Fold;
import dev.howdah.apiserver.cel.Lexer.Kind;
import dev.howdah.apiserver.cel.Lexer.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads expressions by recursive descent, after the grammar of the language definition.
final class Parser {
  private static final int MAX_DEPTH = 200;
  private static final Set<String> RESERVED =
      Set.of(
          "as",
          "break",
          "const",
          "continue",
          "else",
          "for",
          "function",
          "if",
          "import",
          "let",
          "loop",
          "package",
          "namespace",
          "return",
          "var",
          "void",
          "while");
  private static final Map<String, String> RELATIONS =
      Map.of(
          "==", "_==_", "!=", "_!=_", "<", "_<_", "<=", "_<=_", ">", "_>_", ">=", "_>=_", "in",
          "@in");
  private static final Map<String, Fold> FOLDS =
      Map.of(
          "all", Fold.ALL,
          "exists", Fold.EXISTS,
          "exists_one", Fold.EXISTS_ONE,
          "existsOne", Fold.EXISTS_ONE,
          "map", Fold.MAP,
          "filter", Fold.FILTER,
          "transformList", Fold.TRANSFORM_LIST,
          "transformMap", Fold.TRANSFORM_MAP,
          "transformMapEntry", Fold.TRANSFORM_MAP_ENTRY);

  private final List<Token> tokens;
  private int position;
  private int depth;

  private Parser(List<Token> tokens) {
    this.tokens = tokens;
  }

  static Expr parse(String text) {
    var parser = new Parser(Lexer.tokens(text));
    var expression = parser.expression();
    if (parser.peek().kind() != Kind.END) {
      throw parser.unexpected();
    }
    return expression;
  }

  private Token peek() {
    return tokens.get(position);
  }

  private Token next() {
    return tokens.get(position++);
  }

  private boolean accept(String symbol) {
    if (peek().is(symbol)) {
      position++;
      return true;
    }
    return false;
  }

  private void expect(String symbol) {
    if (!accept(symbol)) {
      throw unexpected();
    }
  }

  private CelException unexpected() {
    return error("mismatched input '%s'".formatted(peek().text()));
  }

  private CelException error(String what) {
    return new CelException(
        "ERROR: <input>:1:%d: Syntax error: %s".formatted(peek().position() + 1, what));
  }

  private Expr expression() {
    if (++depth > MAX_DEPTH) {
      throw error("expression recursion limit exceeded");
    }
    var condition = or();
    if (accept("?")) {
      var yes = or();
      expect(":");
      condition = new Expr.Conditional(condition, yes, expression());
    }
    depth--;
    return condition;
  }

  private Expr or() {
    var left = and();
    while (accept("||")) {
      left = new Expr.Logic(false, left, and());
    }
    return left;
  }

  private Expr and() {
    var left = relation();
    while (accept("&&")) {
      left = new Expr.Logic(true, left, relation());
    }
    return left;
  }

  private Expr relation() {
    var left = sum();
    while (peek().kind() == Kind.SYMBOL && RELATIONS.containsKey(peek().text())) {
      var operator = RELATIONS.getOrDefault(next().text(), "");
      left = operator(operator, left, sum());
    }
    return left;
  }

  private static Expr operator(String name, Expr left, Expr right) {
    return new Expr.Call(name, null, List.of(left, right));
  }

  private Expr sum() {
    var left = product();
    while (peek().is("+") || peek().is("-")) {
      left = operator("_" + next().text() + "_", left, product());
    }
    return left;
  }

  private Expr product() {
    var left = unary();
    while (peek().is("*") || peek().is("/") || peek().is("%")) {
      left = operator("_" + next().text() + "_", left, unary());
    }
    return left;
  }

  private Expr unary() {
    if (accept("!")) {
      return new Expr.Call("!_", null, List.of(unary()));
    }
    if (accept("-")) {
      return negative(unary());
    }
    return member();
  }

  private static Expr negative(Expr operand) {
    if (operand instanceof Expr.Literal(Long number)) {
      return new Expr.Literal(-number);
    }
    if (operand instanceof Expr.Literal(Double number)) {
      return new Expr.Literal(-number);
    }
    return new Expr.Call("-_", null, List.of(operand));
  }

  private Expr member() {
    var operand = primary();
    while (true) {
      if (accept(".")) {
        var optional = accept("?");
        var name = name();
        if (!optional && accept("(")) {
          operand = method(operand, name, arguments(")"));
        } else {
          operand = new Expr.Select(operand, name, optional);
        }
      } else if (accept("[")) {
        var optional = accept("?");
        var key = expression();
        expect("]");
        operand = new Expr.Index(operand, key, optional);
      } else {
        return operand;
      }
    }
  }

  private String name() {
    if (peek().kind() != Kind.IDENTIFIER) {
      throw unexpected();
    }
    return next().text();
  }

  private Expr primary() {
    var token = next();
    switch (token.kind()) {
      case LITERAL -> {
        if (token.value() instanceof Long number && number < 0 && !isSmallest(number)) {
          throw error("invalid int literal");
        }
        return new Expr.Literal(token.value());
      }
      case IDENTIFIER -> {
        return identifier(token);
      }
      default -> {
        if (token.is("(")) {
          var inner = expression();
          expect(")");
          return inner;
        }
        if (token.is("[")) {
          return list();
        }
        if (token.is("{")) {
          return map();
        }
        if (token.is(".") && peek().kind() == Kind.IDENTIFIER) {
          return identifier(next());
        }
        position--;
        throw unexpected();
      }
    }
  }

  /// Whether a literal too large for its type is so only for want of the minus before it.
  private boolean isSmallest(long number) {
    return number == Long.MIN_VALUE && position > 1 && tokens.get(position - 2).is("-");
  }

  private Expr identifier(Token token) {
    if (RESERVED.contains(token.text())) {
      position--;
      throw error("reserved identifier: " + token.text());
    }
    if (accept("(")) {
      return function(token.text(), arguments(")"));
    }
    return new Expr.Variable(token.text());
  }

  private List<Expr> arguments(String end) {
    var arguments = new ArrayList<Expr>();
    while (!accept(end)) {
      arguments.add(expression());
      if (!accept(",")) {
        expect(end);
        break;
      }
    }
    return arguments;
  }

  private Expr list() {
    var items = new ArrayList<Expr>();
    var optional = new ArrayList<Boolean>();
    while (!accept("]")) {
      optional.add(accept("?"));
      items.add(expression());
      if (!accept(",")) {
        expect("]");
        break;
      }
    }
    return new Expr.ListOf(items, optional);
  }

  private Expr map() {
    var keys = new ArrayList<Expr>();
    var values = new ArrayList<Expr>();
    var optional = new ArrayList<Boolean>();
    while (!accept("}")) {
      optional.add(accept("?"));
      keys.add(expression());
      expect(":");
      values.add(expression());
      if (!accept(",")) {
        expect("}");
        break;
      }
    }
    return new Expr.MapOf(keys, values, optional);
  }

  private Expr function(String name, List<Expr> arguments) {
    if (name.equals("has")) {
      if (arguments.size() == 1 && arguments.getFirst() instanceof Expr.Select select) {
        return new Expr.Has(select.operand(), select.field());
      }
      throw error("invalid argument to has() macro");
    }
    return new Expr.Call(name, null, arguments);
  }

  private Expr method(Expr target, String name, List<Expr> arguments) {
    if (target instanceof Expr.Variable(var scope) && scope.equals("cel") && name.equals("bind")) {
      return new Expr.Bind(variable(arguments, 0), arguments.get(1), arguments.get(2));
    }
    if (target instanceof Expr.Variable(var scope)
        && (Functions.isNamespace(scope) || Functions.isKnown(scope + "." + name))) {
      return new Expr.Call(scope + "." + name, null, arguments);
    }
    if ((name.equals("optMap") || name.equals("optFlatMap")) && arguments.size() == 2) {
      return new Expr.OptionalMap(
          target, variable(arguments, 0), arguments.get(1), name.equals("optFlatMap"));
    }
    var macro = comprehension(target, name, arguments);
    return macro != null ? macro : new Expr.Call(name, target, arguments);
  }

  private @Nullable Expr comprehension(Expr target, String name, List<Expr> arguments) {
    var fold = FOLDS.get(name);
    if (fold == null || arguments.size() < 2) {
      return null;
    }
    var first = variable(arguments, 0);
    var transforms = fold.ordinal() >= Fold.TRANSFORM_LIST.ordinal();
    var two =
        transforms
            || (arguments.size() == 3
                && fold != Fold.MAP
                && arguments.get(1) instanceof Expr.Variable);
    var used = two ? 2 : 1;
    var second = two ? variable(arguments, 1) : null;
    var given = arguments.size() - used;
    if (given == 1) {
      return new Expr.Comprehension(fold, target, first, second, null, arguments.get(used));
    }
    if (given == 2 && (transforms || fold == Fold.MAP)) {
      return new Expr.Comprehension(
          fold, target, first, second, arguments.get(used), arguments.get(used + 1));
    }
    return null;
  }

  private String variable(List<Expr> arguments, int index) {
    if (index < arguments.size() && arguments.get(index) instanceof Expr.Variable(var name)) {
      return name;
    }
    throw error("argument must be a simple name");
  }
}
