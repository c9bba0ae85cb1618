// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.http;

import java.io.IOException;

/// A request that cannot be read; the connection closes after the answer.
public final class HttpException extends IOException {
  private static final long serialVersionUID = 1;
  private final int status;

  HttpException(int status, String message) {
    super(message);
    this.status = status;
  }

  /// The HTTP status of the answer.
  public int status() {
    return status;
  }
}
