// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.io.ByteArrayOutputStream;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.LongBinaryOperator;

/// Arithmetic, comparison and membership.
final class Operators {
  private Operators() {}

  static void addTo(Map<String, Functions.Function> all) {
    all.put("_==_", args -> Values.same(args.get(0), args.get(1)));
    all.put("_!=_", args -> !Values.same(args.get(0), args.get(1)));
    all.put("_<_", args -> ordered(args, order -> order < 0));
    all.put("_<=_", args -> ordered(args, order -> order <= 0));
    all.put("_>_", args -> ordered(args, order -> order > 0));
    all.put("_>=_", args -> ordered(args, order -> order >= 0));
    all.put("@in", Operators::in);
    all.put("!_", args -> !args.as(0, Boolean.class));
    all.put("-_", Operators::negate);
    all.put("_+_", Operators::add);
    all.put("_-_", Operators::subtract);
    all.put("_*_", Operators::multiply);
    all.put("_/_", Operators::divide);
    all.put("_%_", Operators::remainder);
  }

  private static Object ordered(Args args, IntPredicate wanted) {
    var a = args.get(0);
    var b = args.get(1);
    var order = Values.compare(a, b);
    if (order == null) {
      if (Values.isNumber(a) && Values.isNumber(b)) {
        return false;
      }
      throw args.wrong();
    }
    return wanted.test(order);
  }

  private static Object in(Args args) {
    var item = args.get(0);
    return switch (args.get(1)) {
      case List<?> list -> list.stream().anyMatch(each -> Values.same(each, item));
      case Map<?, ?> map -> Values.lookUp(map, item) != null;
      default -> throw args.wrong();
    };
  }

  private static Object negate(Args args) {
    return switch (args.get(0)) {
      case Long number -> exactly((a, _) -> Math.negateExact(a), number, 0);
      case Double number -> -number;
      default -> throw args.wrong();
    };
  }

  private static long exactly(LongBinaryOperator operation, long a, long b) {
    try {
      return operation.applyAsLong(a, b);
    } catch (ArithmeticException e) {
      throw new CelException("integer overflow");
    }
  }

  private static Object add(Args args) {
    var a = args.get(0);
    var b = args.get(1);
    try {
      return switch (a) {
        case Long left when b instanceof Long right -> exactly(Math::addExact, left, right);
        case Double left when b instanceof Double right -> left + right;
        case Values.Unsigned(var left) when b instanceof Values.Unsigned(var right) ->
            new Values.Unsigned(left + right);
        case String left when b instanceof String right -> left + right;
        case Values.Bytes(var left) when b instanceof Values.Bytes(var right) ->
            concatenated(left, right);
        case Values.KeyedList left when b instanceof List<?> right -> left.plus(right);
        case List<?> left when b instanceof List<?> right -> {
          var result = new ArrayList<Object>(left);
          result.addAll(right);
          yield result;
        }
        case Instant left when b instanceof Duration right -> left.plus(right);
        case Duration left when b instanceof Instant right -> right.plus(left);
        case Duration left when b instanceof Duration right -> left.plus(right);
        default -> throw args.wrong();
      };
    } catch (DateTimeException | ArithmeticException e) {
      throw new CelException("timestamp overflow");
    }
  }

  private static Object concatenated(byte[] left, byte[] right) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(left);
    out.writeBytes(right);
    return new Values.Bytes(out.toByteArray());
  }

  private static Object subtract(Args args) {
    var a = args.get(0);
    var b = args.get(1);
    return switch (a) {
      case Long left when b instanceof Long right -> exactly(Math::subtractExact, left, right);
      case Double left when b instanceof Double right -> left - right;
      case Values.Unsigned(var left) when b instanceof Values.Unsigned(var right) ->
          new Values.Unsigned(left - right);
      case Instant left when b instanceof Duration right -> left.minus(right);
      case Instant left when b instanceof Instant right -> Duration.between(right, left);
      case Duration left when b instanceof Duration right -> left.minus(right);
      default -> throw args.wrong();
    };
  }

  private static Object multiply(Args args) {
    var a = args.get(0);
    var b = args.get(1);
    return switch (a) {
      case Long left when b instanceof Long right -> exactly(Math::multiplyExact, left, right);
      case Double left when b instanceof Double right -> left * right;
      case Values.Unsigned(var left) when b instanceof Values.Unsigned(var right) ->
          new Values.Unsigned(left * right);
      default -> throw args.wrong();
    };
  }

  private static Object divide(Args args) {
    var a = args.get(0);
    var b = args.get(1);
    return switch (a) {
      case Long left when b instanceof Long right ->
          exactly(Math::divideExact, left, nonZero(right, "division by zero"));
      case Double left when b instanceof Double right -> left / right;
      case Values.Unsigned(var left) when b instanceof Values.Unsigned(var right) ->
          new Values.Unsigned(Long.divideUnsigned(left, nonZero(right, "division by zero")));
      default -> throw args.wrong();
    };
  }

  private static Object remainder(Args args) {
    var a = args.get(0);
    var b = args.get(1);
    return switch (a) {
      case Long left when b instanceof Long right -> left % nonZero(right, "modulus by zero");
      case Values.Unsigned(var left) when b instanceof Values.Unsigned(var right) ->
          new Values.Unsigned(Long.remainderUnsigned(left, nonZero(right, "modulus by zero")));
      default -> throw args.wrong();
    };
  }

  private static long nonZero(long number, String otherwise) {
    if (number == 0) {
      throw new CelException(otherwise);
    }
    return number;
  }
}
