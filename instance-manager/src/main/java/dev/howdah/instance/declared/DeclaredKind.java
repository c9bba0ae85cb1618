// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Resource;

/// A kind of resource that stands for something in PostgreSQL.
interface DeclaredKind {
  Resource resource();

  /// Keeps the resource until what it stands for is dealt with.
  String finalizer();

  /// The field of the specification that says what becomes of it then: `retain` or `delete`.
  String reclaimField();

  /// What it stands for; two resources must not stand for the same.
  String subject(JsonNode spec);

  /// Why this can't be done at all; empty where it can.
  default String hindrance(JsonNode spec, JsonNode cluster) {
    return "";
  }

  /// Whether it must be looked at again though it was applied: something beside it has changed.
  default boolean stale(ObjectNode object) {
    return false;
  }

  /// Brings PostgreSQL into shape.
  ///
  /// @return the fields of the status besides `observedGeneration`, with `applied` among them
  ObjectNode apply(ObjectNode object, JsonNode cluster) throws InterruptedException;

  /// Takes it out of PostgreSQL.
  void drop(JsonNode spec);
}
