// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.protobuf.ProtobufDecoder;
import dev.howdah.apiserver.schema.Decoded;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/// The body of a request as a tree.
public final class Body {
  private Body() {}

  /// The content type without parameters, in lower case.
  public static String contentType(Exchange exchange) {
    var type = exchange.header("content-type");
    var end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /// Reads an object in any of the forms that clients send.
  public static Decoded object(Exchange exchange) throws IOException {
    var body = exchange.body();
    try {
      var decoded =
          switch (contentType(exchange)) {
            case "", "application/json", "*/*" -> Decoded.json(body);
            case "application/yaml", "application/apply-patch+yaml" -> Decoded.yaml(body);
            case "application/vnd.kubernetes.protobuf" ->
                new Decoded(ProtobufDecoder.decode(body), List.of());
            default ->
                throw ApiException.unsupportedMediaType(
                    "application/json, application/yaml, application/vnd.kubernetes.protobuf");
          };
      if (decoded.tree() instanceof ObjectNode) {
        return decoded;
      }
    } catch (IOException | IllegalArgumentException e) {
      throw ApiException.badRequest(
          "the object provided is unrecognized (must be of type Object): " + firstLine(e));
    }
    throw ApiException.badRequest(
        "the object provided is unrecognized (must be of type Object): it is not a JSON object");
  }

  /// Reads `DeleteOptions`, which may be absent.
  public static ObjectNode options(Exchange exchange) throws IOException {
    return exchange.body().length == 0 ? Json.object() : (ObjectNode) object(exchange).tree();
  }

  /// Reads a patch.
  public static JsonNode patch(Exchange exchange) throws IOException {
    var body = exchange.body();
    try {
      return Decoded.json(body).tree();
    } catch (IOException e) {
      throw ApiException.badRequest("error decoding patch: " + firstLine(e));
    }
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
