// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import java.nio.charset.StandardCharsets;

/// What an endpoint answers.
public record Reply(int code, String contentType, byte[] body) {
  /// The request was meant for another instance, which had this address before.
  public static final int MISDIRECTED = 421;

  public static Reply ok() {
    return text(200, "OK");
  }

  /// A failed check; probes want HTTP 500.
  public static Reply failed(String reason) {
    return text(500, reason);
  }

  public static Reply text(int code, String text) {
    return new Reply(code, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  public static Reply json(JsonNode body) {
    return new Reply(200, "application/json", Json.bytes(body));
  }
}
