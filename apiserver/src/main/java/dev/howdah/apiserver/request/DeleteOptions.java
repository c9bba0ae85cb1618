// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.request;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.schema.FieldError;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// How to delete. `gracePeriodSeconds` and `propagation` are absent when the client leaves them to
/// the type; the preconditions are empty texts when there are none.
public record DeleteOptions(
    @Nullable Long gracePeriodSeconds,
    @Nullable Propagation propagation,
    String uid,
    String resourceVersion,
    boolean dryRun) {
  /// What happens to dependents.
  public enum Propagation {
    BACKGROUND,
    FOREGROUND,
    ORPHAN
  }

  /// In the background, without further ado.
  public static final DeleteOptions BACKGROUND =
      new DeleteOptions(null, Propagation.BACKGROUND, "", "", false);

  /// Reads body and query; the body comes first.
  public static DeleteOptions of(Exchange exchange) throws IOException {
    var body = Body.options(exchange);
    var grace = body.path("gracePeriodSeconds");
    var dryRun = body.path("dryRun").path(0).asText(exchange.query("dryRun"));
    return new DeleteOptions(
        grace.isNumber()
            ? Long.valueOf(grace.asLong())
            : number(exchange.query("gracePeriodSeconds")),
        propagation(exchange, body),
        body.path("preconditions").path("uid").asText(""),
        body.path("preconditions").path("resourceVersion").asText(""),
        WriteOptions.dryRun("DeleteOptions", dryRun));
  }

  private static @Nullable Long number(String text) {
    try {
      return text.isEmpty() ? null : Long.valueOf(text);
    } catch (NumberFormatException _) {
      throw ApiException.badRequest("gracePeriodSeconds must be a number, not \"" + text + "\"");
    }
  }

  private static @Nullable Propagation propagation(Exchange exchange, ObjectNode body) {
    var policy = body.path("propagationPolicy").asText(exchange.query("propagationPolicy"));
    var orphan = body.path("orphanDependents").asText(exchange.query("orphanDependents"));
    return switch (policy) {
      case "Background" -> Propagation.BACKGROUND;
      case "Foreground" -> Propagation.FOREGROUND;
      case "Orphan" -> Propagation.ORPHAN;
      case "" ->
          switch (orphan) {
            case "true" -> Propagation.ORPHAN;
            case "false" -> Propagation.BACKGROUND;
            default -> null;
          };
      default ->
          throw ApiException.invalidOption(
              "DeleteOptions",
              new FieldError(
                  "propagationPolicy",
                  FieldError.Type.NOT_SUPPORTED,
                  TextNode.valueOf(policy),
                  "supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""));
    };
  }

  /// The same for one object of a collection: without preconditions.
  public DeleteOptions forEach() {
    return new DeleteOptions(gracePeriodSeconds, propagation, "", "", dryRun);
  }
}
