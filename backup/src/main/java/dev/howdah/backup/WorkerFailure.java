// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup;

import java.io.IOException;
import java.util.concurrent.ExecutionException;

/// What made a worker thread fail, for the thread that waited for it.
public final class WorkerFailure {
  private WorkerFailure() {}

  /// The worker's own failure: thrown if it is an unchecked one, else to be thrown.
  public static IOException of(ExecutionException e) {
    Throwable cause = e.getCause();
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof IOException io ? io : new IOException(e);
  }
}
