// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

/// Exit codes of `manager instance run`, some of which the operator reads.
final class ExitCodes {
  static final int OK = 0;
  static final int ERROR = 1;

  /// No disk space for WAL: the operator doesn't fail over because of that.
  static final int NO_SPACE = 4;

  private ExitCodes() {}
}
