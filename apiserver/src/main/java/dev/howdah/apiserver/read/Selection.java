// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.read;

import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.resource.FieldSelector;
import dev.howdah.apiserver.resource.LabelSelector;
import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.store.Stored;
import dev.howdah.apiserver.write.Conversion;
import java.util.List;

/// Which objects of a type a request is about; the namespace is empty for all.
public record Selection(
    ResourceType type, String namespace, LabelSelector labels, FieldSelector fields) {
  /// Reads the selectors of a query.
  public static Selection of(Exchange exchange, ResourceType type, String namespace) {
    try {
      return new Selection(
          type,
          namespace,
          LabelSelector.parse(exchange.query("labelSelector")),
          FieldSelector.parse(exchange.query("fieldSelector"), type));
    } catch (IllegalArgumentException e) {
      throw ApiException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  /// Everything of a type in a namespace.
  public static Selection all(ResourceType type, String namespace) {
    return new Selection(type, namespace, LabelSelector.EVERYTHING, FieldSelector.EVERYTHING);
  }

  /// The same, of one name only.
  public Selection named(String name) {
    var requirement = new FieldSelector.Requirement("metadata.name", true, name);
    return new Selection(type, namespace, labels, new FieldSelector(List.of(requirement)));
  }

  /// Whether every object of the namespace is selected.
  public boolean everything() {
    return labels.everything() && fields.everything();
  }

  /// Whether the object is selected.
  public boolean matches(Stored object) {
    return (namespace.isEmpty() || object.key().namespace().equals(namespace))
        && (labels.everything() || labels.matches(object.labels()))
        && (fields.everything() || fields.matches(Conversion.served(type, object)));
  }
}
