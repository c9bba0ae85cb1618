// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

/// An expression that cannot be compiled, or that has no value for its input. The message is worded
/// as cel-go words it, since it reaches users in validation errors.
public final class CelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CelException(String message) {
    super(message, null, false, false);
  }

  static CelException noSuchOverload(String function) {
    return new CelException("no such overload: " + function);
  }
}
