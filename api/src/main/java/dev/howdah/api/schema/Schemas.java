// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.howdah.api.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The schemas of our kinds, read when first needed from files made together with the CRDs.
public final class Schemas {
  private static final Map<Kind, Schema> READ = new ConcurrentHashMap<>();

  private Schemas() {}

  public static Schema of(Kind kind) {
    return READ.computeIfAbsent(kind, Schemas::read);
  }

  private static Schema read(Kind kind) {
    String file = "schemas/" + kind.kind() + ".json";
    try (var in = Schemas.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("missing from the build: " + file);
      }
      return Schema.of(new ObjectMapper().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
