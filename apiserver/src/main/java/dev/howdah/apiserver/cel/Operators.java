// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.io.ByteArrayOutputStream;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Arithmetic, comparison and membership.
final class Operators {
  private Operators() {}

  /// The value of one of these functions, or absent for the name of another.
  static @Nullable Object call(Args args) {
    try {
      return apply(args);
    } catch (ArithmeticException e) {
      throw new CelException("integer overflow");
    } catch (DateTimeException e) {
      throw new CelException("timestamp overflow");
    }
  }

  private static @Nullable Object apply(Args args) {
    return switch (args.function()) {
      case "_==_" -> Values.same(args.get(0), args.get(1));
      case "_!=_" -> !Values.same(args.get(0), args.get(1));
      case "_<_" -> isOrder(args, -1, false);
      case "_<=_" -> isOrder(args, -1, true);
      case "_>_" -> isOrder(args, 1, false);
      case "_>=_" -> isOrder(args, 1, true);
      case "@in" -> in(args);
      case "!_" -> !args.as(0, Boolean.class);
      case "-_" -> negate(args);
      case "_+_" -> add(args);
      case "_-_" -> subtract(args);
      case "_*_" -> multiply(args);
      case "_/_" -> divide(args);
      case "_%_" -> remainder(args);
      default -> null;
    };
  }

  private static Object isOrder(Args args, int sign, boolean orEqual) {
    var a = args.get(0);
    var b = args.get(1);
    var order = Values.compare(a, b);
    if (order == null) {
      if (Values.isNumber(a) && Values.isNumber(b)) {
        return false;
      }
      throw args.wrong();
    }
    return order == 0 ? orEqual : Integer.signum(order) == sign;
  }

  private static Object in(Args args) {
    var item = args.get(0);
    return switch (args.get(1)) {
      case List<?> list -> Collections.contains(list, item);
      case Map<?, ?> map -> Values.lookUp(map, item) != null;
      default -> throw args.wrong();
    };
  }

  private static Object negate(Args args) {
    return switch (args.get(0)) {
      case Long number -> Math.negateExact(number);
      case Double number -> -number;
      default -> throw args.wrong();
    };
  }

  private static Object add(Args args) {
    var a = args.get(0);
    var b = args.get(1);
    return switch (a) {
      case Long left when b instanceof Long right -> Math.addExact(left, right);
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
      case Long left when b instanceof Long right -> Math.subtractExact(left, right);
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
      case Long left when b instanceof Long right -> Math.multiplyExact(left, right);
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
          Math.divideExact(left, nonZero(right, "division by zero"));
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
