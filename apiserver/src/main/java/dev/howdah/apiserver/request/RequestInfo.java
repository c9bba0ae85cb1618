// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.request;

import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.http.HttpException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What a request is about, as permissions see it. Texts are empty where they do not apply.
public record RequestInfo(
    boolean resource,
    String verb,
    String path,
    String group,
    String version,
    String plural,
    String subresource,
    String namespace,
    String name) {
  private static final Set<String> NAMESPACE_SUBRESOURCES = Set.of("status", "finalize");

  /// Reads method, path and query.
  public static RequestInfo of(Exchange exchange) throws HttpException {
    var segments = exchange.pathSegments();
    var method = exchange.method();
    var path = exchange.rawPath();
    var core = !segments.isEmpty() && segments.getFirst().equals("api");
    var start = core ? 2 : 3;
    if (segments.size() <= start || !(core || segments.getFirst().equals("apis"))) {
      return path(method, path);
    }
    var group = core ? "" : segments.get(1);
    var version = segments.get(start - 1);
    var rest = segments.subList(start, segments.size());
    var watching = isTrue(exchange.query("watch"));
    if (rest.getFirst().equals("watch") && rest.size() > 1) { // the old way to ask
      watching = true;
      rest = rest.subList(1, rest.size());
    }
    var namespace = "";
    if (rest.getFirst().equals("namespaces") && rest.size() > 1) {
      namespace = rest.get(1);
      if (rest.size() > 2 && !NAMESPACE_SUBRESOURCES.contains(rest.get(2))) {
        rest = rest.subList(2, rest.size());
      }
    }
    var plural = rest.getFirst();
    var name = at(rest, 1);
    var subresource = at(rest, 2);
    var verb = verb(method, !name.isEmpty(), watching);
    if (name.isEmpty() && Set.of("list", "watch", "deletecollection").contains(verb)) {
      name = selectedName(exchange.query("fieldSelector"));
    }
    return new RequestInfo(true, verb, path, group, version, plural, subresource, namespace, name);
  }

  /// The name in the path; unlike [#name] never one out of a field selector.
  public boolean namesObject() {
    return !Set.of("list", "watch", "deletecollection").contains(verb) && !name.isEmpty();
  }

  private static RequestInfo path(String method, String path) {
    var verb = method.equals("HEAD") ? "get" : method.toLowerCase(Locale.ROOT);
    return new RequestInfo(false, verb, path, "", "", "", "", "", "");
  }

  private static String at(List<String> segments, int index) {
    return index < segments.size() ? segments.get(index) : "";
  }

  private static boolean isTrue(String value) {
    return value.equals("true") || value.equals("1");
  }

  private static String verb(String method, boolean named, boolean watching) {
    return switch (method) {
      case "GET", "HEAD" -> watching ? "watch" : named ? "get" : "list";
      case "POST" -> "create";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> named ? "delete" : "deletecollection";
      default -> method.toLowerCase(Locale.ROOT);
    };
  }

  // A selector of just one name counts as that name, so that permissions by name can allow a watch.
  private static String selectedName(String selector) {
    for (var term : selector.split(",")) {
      if (term.startsWith("metadata.name=") && !term.contains("!=")) {
        return term.substring("metadata.name=".length()).replaceFirst("^=", "");
      }
    }
    return "";
  }
}
