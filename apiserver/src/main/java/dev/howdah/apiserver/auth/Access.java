// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.auth;

import dev.howdah.apiserver.User;
import dev.howdah.apiserver.request.RequestInfo;

/// What somebody wants to do: a verb on a resource, or on a path. Texts are empty where they do not
/// apply; an empty namespace stands for the whole cluster, an empty name for any object.
public record Access(
    User user,
    boolean onResource,
    String verb,
    String group,
    String resource,
    String subresource,
    String namespace,
    String name,
    String path) {
  /// What a request needs.
  public static Access of(User user, RequestInfo request) {
    return new Access(
        user,
        request.resource(),
        request.verb(),
        request.group(),
        request.plural(),
        request.subresource(),
        request.namespace(),
        request.name(),
        request.path());
  }

  /// A verb on a resource.
  public static Access to(
      User user, String verb, String group, String resource, String namespace, String name) {
    return new Access(user, true, verb, group, resource, "", namespace, name, "");
  }

  /// `pods`, or `pods/log`.
  String resourcePath() {
    return subresource.isEmpty() ? resource : resource + "/" + subresource;
  }

  /// The sentence that refuses it.
  public String refusal() {
    if (!onResource) {
      return "User \"%s\" cannot %s path \"%s\"".formatted(user.name(), verb, path);
    }
    var where =
        namespace.isEmpty()
            ? "at the cluster scope"
            : "in the namespace \"%s\"".formatted(namespace);
    return "User \"%s\" cannot %s resource \"%s\" in API group \"%s\" %s"
        .formatted(user.name(), verb, resourcePath(), group, where);
  }
}
