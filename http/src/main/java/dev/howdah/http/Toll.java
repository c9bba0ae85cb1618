// SPDX-License-Identifier: Apache-2.0
package dev.howdah.http;

import java.io.InterruptedIOException;

/// Where bytes pass, in either direction: may make them wait.
@FunctionalInterface
public interface Toll {
  Toll NONE = bytes -> {};

  /// Returns when these bytes may pass.
  void take(int bytes) throws InterruptedIOException;
}
