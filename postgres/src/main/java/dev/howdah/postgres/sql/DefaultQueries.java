// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The queries that every cluster's metrics begin with.
public final class DefaultQueries {
  private DefaultQueries() {}

  /// As YAML, in the form that a ConfigMap holds.
  public static String yaml() {
    try (var in = DefaultQueries.class.getResourceAsStream("default-queries.yaml")) {
      if (in == null) {
        throw new IllegalStateException("missing from the build: default-queries.yaml");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
