// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/// What `kubectl get` shows: a `Table` (`as=Table;v=v1;g=meta.k8s.io`), or objects reduced to their
/// metadata (`as=PartialObjectMetadata`, `as=PartialObjectMetadataList`).
public final class Tables {
  private Tables() {}

  /// What a row carries of its object: the query parameter `includeObject`.
  public enum IncludeObject {
    NONE,
    METADATA,
    OBJECT
  }

  /// The columns of one kind.
  public interface Columns {}

  /// The columns of a built-in resource; name and age for those with none of their own.
  public static Columns builtIn(String group, String resource) {
    return new Columns() {};
  }

  /// The columns of a custom resource: `version` is an entry of `spec.versions` of its definition.
  public static Columns customResource(ObjectNode version) {
    return new Columns() {};
  }

  /// The table of one object or of a list.
  public static ObjectNode render(
      ObjectNode objectOrList, Columns columns, IncludeObject include, Instant now) {
    return JsonNodeFactory.instance.objectNode();
  }

  /// One object's metadata, or those of a list's items.
  public static ObjectNode partialMetadata(ObjectNode objectOrList) {
    return objectOrList;
  }
}
