// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.write;

import dev.howdah.apiserver.User;
import dev.howdah.apiserver.request.WriteOptions;
import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.store.Key;
import java.util.function.Consumer;

/// One write: what it is about, who makes it and how. Texts are empty where they do not apply;
/// warnings go to the client.
public record Call(
    ResourceType type,
    String namespace,
    String name,
    String subresource,
    User user,
    WriteOptions options,
    Consumer<String> warnings) {
  /// The server's own controllers.
  public static final User CONTROLLERS = User.of("system:kube-controller-manager", User.MASTERS);

  /// A write by the server itself.
  public static Call internal(ResourceType type, String namespace, String name) {
    return new Call(type, namespace, name, "", CONTROLLERS, WriteOptions.INTERNAL, _ -> {});
  }

  /// The same write through a subresource.
  public Call through(String other) {
    return new Call(type, namespace, name, other, user, options, warnings);
  }

  /// The same write under a name that was generated meanwhile.
  public Call named(String other) {
    return new Call(type, namespace, other, subresource, user, options, warnings);
  }

  /// Where the object is.
  public Key key() {
    return new Key(namespace, name);
  }
}
