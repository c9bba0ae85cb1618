// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.request;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.schema.FieldError;
import java.util.List;

/// The parameters that all writes share.
public record WriteOptions(
    boolean dryRun, String fieldManager, boolean force, FieldValidation validation) {
  /// What to do about unknown and repeated fields.
  public enum FieldValidation {
    IGNORE,
    WARN,
    STRICT
  }

  private static final int MAX_MANAGER = 128;

  /// For writes by the server itself.
  public static final WriteOptions INTERNAL =
      new WriteOptions(false, "kube-controller-manager", false, FieldValidation.IGNORE);

  /// Reads the query; the manager's name falls back to the client's program name.
  public static WriteOptions of(Exchange exchange) {
    var manager = exchange.query("fieldManager");
    var kind = kind(exchange.method());
    if (manager.length() > MAX_MANAGER) {
      throw ApiException.invalidOption(
          kind,
          new FieldError(
              "fieldManager", FieldError.Type.TOO_LONG, null, "may not be more than 128 bytes"));
    }
    return new WriteOptions(
        dryRun(kind, exchange.query("dryRun")),
        manager.isEmpty() ? program(exchange.header("user-agent")) : manager,
        exchange.query("force").equals("true"),
        validation(kind, exchange.query("fieldValidation")));
  }

  private static String kind(String method) {
    return switch (method) {
      case "POST" -> "CreateOptions";
      case "PATCH" -> "PatchOptions";
      case "DELETE" -> "DeleteOptions";
      default -> "UpdateOptions";
    };
  }

  static boolean dryRun(String kind, String value) {
    return switch (value) {
      case "" -> false;
      case "All" -> true;
      default ->
          throw ApiException.invalidOption(
              kind,
              new FieldError(
                  "dryRun",
                  FieldError.Type.NOT_SUPPORTED,
                  Json.texts(List.of(value)),
                  "supported values: \"All\""));
    };
  }

  private static FieldValidation validation(String kind, String value) {
    return switch (value) {
      case "Ignore" -> FieldValidation.IGNORE;
      case "", "Warn" -> FieldValidation.WARN;
      case "Strict" -> FieldValidation.STRICT;
      default ->
          throw ApiException.invalidOption(
              kind,
              new FieldError(
                  "fieldValidation",
                  FieldError.Type.NOT_SUPPORTED,
                  TextNode.valueOf(value),
                  "supported values: \"\", \"Ignore\", \"Strict\", \"Warn\""));
    };
  }

  private static String program(String agent) {
    var end = agent.indexOf('/');
    var name = end < 0 ? agent : agent.substring(0, end);
    name =
        name.codePoints()
            .filter(c -> c >= ' ' && c != 0x7f)
            .limit(MAX_MANAGER)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    return name.isBlank() ? "unknown" : name;
  }
}
