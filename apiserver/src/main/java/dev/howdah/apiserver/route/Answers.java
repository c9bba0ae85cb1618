// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.read.Rendering;
import dev.howdah.apiserver.request.AnswerForm;
import dev.howdah.apiserver.resource.ResourceType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Writes answers.
public final class Answers {
  /// How many letters of them a client's HTTP library surely takes.
  private static final int MOST_WARNINGS = 16 * 1024;

  private Answers() {}

  /// An object or list in the form the client wants; a Status stays whole.
  static void object(
      Exchange exchange, int code, ObjectNode tree, ResourceType type, AnswerForm form)
      throws IOException {
    var shaped =
        tree.path("kind").asText().equals("Status") ? tree : Rendering.shaped(tree, type, form);
    exchange.respond(code, form.contentType(), Rendering.bytes(shaped, form));
  }

  /// Any JSON.
  static void json(Exchange exchange, int code, ObjectNode tree) throws IOException {
    exchange.respond(code, "application/json", Json.bytes(tree));
  }

  /// A line of text.
  static void text(Exchange exchange, int code, String text) throws IOException {
    exchange.respond(code, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  /// A refusal.
  public static void refusal(Exchange exchange, ApiException e) throws IOException {
    if (e.retryAfterSeconds() > 0) {
      exchange.addHeader("Retry-After", Integer.toString(e.retryAfterSeconds()));
    }
    if (e.code() == 401) {
      exchange.addHeader("Www-Authenticate", "Bearer realm=\"howdah\"");
    }
    json(exchange, e.code(), e.status());
  }

  /// A `Warning` header, which kubectl prints; dropped when there are too many to read.
  static void warning(Exchange exchange, String text) {
    var quoted = text.replace("\\", "\\\\").replace("\"", "\\\"");
    if (exchange.addedLength() + quoted.length() > MOST_WARNINGS) {
      return;
    }
    exchange.addHeader("Warning", "299 - \"" + quoted + "\"");
  }
}
