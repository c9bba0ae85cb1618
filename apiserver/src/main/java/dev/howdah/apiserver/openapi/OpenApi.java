// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.openapi;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Serves `/openapi/v3`: an index, and a document per group and version, made when first asked for
/// and kept until the CustomResourceDefinitions of the group change.
public final class OpenApi {
  /// One resource that is served; `subresources` such as `status` and `scale`.
  public record Resource(
      String group,
      String version,
      String plural,
      String kind,
      boolean namespaced,
      List<String> subresources) {}

  /// A document to send: JSON, and the value of its `ETag` header (quotes included).
  public record Document(byte[] body, String etag) {}

  public OpenApi(
      Collection<Resource> builtIn, Supplier<Collection<ObjectNode>> customResourceDefinitions) {}

  /// The body of `/openapi/v3`.
  public ObjectNode index() {
    return JsonNodeFactory.instance.objectNode();
  }

  /// The body of `/openapi/v3/<path>`, where the path is `api/v1` or `apis/apps/v1`; absent when
  /// there is no such group and version.
  public @Nullable Document document(String path) {
    return null;
  }
}
