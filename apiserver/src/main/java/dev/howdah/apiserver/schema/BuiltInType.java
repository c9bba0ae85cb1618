// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A built-in kind.
record BuiltInType(String apiVersion, String kind, Schema schema) implements TypeSchema {
  @Override
  public @Nullable String malformed(ObjectNode object) {
    return GoTypes.mismatch(object, schema, kind);
  }

  @Override
  public List<String> prune(ObjectNode object) {
    return Pruning.prune(object, schema);
  }

  @Override
  public void applyDefaults(ObjectNode object) {}

  @Override
  public List<FieldError> validate(ObjectNode object, @Nullable ObjectNode old) {
    return List.of();
  }
}
