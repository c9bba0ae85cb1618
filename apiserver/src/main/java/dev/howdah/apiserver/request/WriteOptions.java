// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.request;

import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;

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
    if (manager.length() > MAX_MANAGER) {
      throw ApiException.badRequest("fieldManager: Too long: may not be more than 128 bytes");
    }
    return new WriteOptions(
        dryRun(exchange.query("dryRun")),
        manager.isEmpty() ? program(exchange.header("user-agent")) : manager,
        exchange.query("force").equals("true"),
        validation(exchange.query("fieldValidation")));
  }

  static boolean dryRun(String value) {
    return switch (value) {
      case "" -> false;
      case "All" -> true;
      default ->
          throw ApiException.badRequest(
              "dryRun: Unsupported value: \"" + value + "\": supported values: \"All\"");
    };
  }

  private static FieldValidation validation(String value) {
    return switch (value) {
      case "Ignore" -> FieldValidation.IGNORE;
      case "", "Warn" -> FieldValidation.WARN;
      case "Strict" -> FieldValidation.STRICT;
      default ->
          throw ApiException.badRequest(
              "fieldValidation: Unsupported value: \"%s\": supported values: \"Ignore\", \"Warn\", \"Strict\""
                  .formatted(value));
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
