// SPDX-License-Identifier: Apache-2.0
package dev.howdah.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;

/// The answer to a request. Its body has to be read to the end or closed; only then is the
/// connection free for others.
public final class Answer implements AutoCloseable {
  private final int status;
  private final Map<String, String> headers;
  private final InputStream body;

  /// @param headers names in lower case
  Answer(int status, Map<String, String> headers, InputStream body) {
    this.status = status;
    this.headers = Map.copyOf(headers);
    this.body = body;
  }

  public int status() {
    return status;
  }

  /// @param name in lower case
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  public InputStream body() {
    return body;
  }

  /// Reads what is left of a short body, so that the connection can be used again.
  public void drain() throws IOException {
    try (body) {
      body.transferTo(java.io.OutputStream.nullOutputStream());
    }
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
