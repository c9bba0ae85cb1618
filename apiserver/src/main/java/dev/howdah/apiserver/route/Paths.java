// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.route;

import dev.howdah.apiserver.discovery.Discovery;
import dev.howdah.apiserver.discovery.Version;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.openapi.OpenApi;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.Store;
import java.io.IOException;
import java.util.List;

/// Answers what is not about objects: discovery, OpenAPI, health, version.
final class Paths {
  private static final String OPENAPI_V2_PROTOBUF =
      "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

  private final Store store;
  private final ResourceTypes types;
  private final Discovery discovery;
  private final OpenApi openApi;

  Paths(Store store, ResourceTypes types, OpenApi openApi) {
    this.store = store;
    this.types = types;
    this.discovery = new Discovery(types);
    this.openApi = openApi;
  }

  void serve(Exchange exchange) throws IOException {
    if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
      throw ApiException.of(
          405,
          "MethodNotAllowed",
          "the server does not allow this method on the requested resource",
          ApiException.Subject.NONE,
          List.of());
    }
    var segments = exchange.pathSegments();
    switch (segments.isEmpty() ? "" : segments.getFirst()) {
      case "" -> root(exchange);
      case "version" -> Answers.json(exchange, 200, Version.tree());
      case "healthz", "livez" -> Answers.text(exchange, 200, "ok");
      case "readyz" -> ready(exchange);
      case "openapi" -> openApi(exchange, segments);
      case "api" -> core(exchange, segments);
      case "apis" -> group(exchange, segments);
      default -> throw ApiException.noSuchPath();
    }
  }

  private static void root(Exchange exchange) throws IOException {
    var tree = Json.object();
    tree.set(
        "paths",
        Json.texts(
            List.of("/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version")));
    Answers.json(exchange, 200, tree);
  }

  /// Starting it anew doesn't help where the disk refuses, so it is alive all the same.
  private void ready(Exchange exchange) throws IOException {
    var trouble = store.trouble();
    if (!trouble.isEmpty()) {
      throw ApiException.internal(trouble);
    }
    Answers.text(exchange, 200, "ok");
  }

  private static boolean wantsAggregated(Exchange exchange) {
    var accept = exchange.header("accept").replace(" ", "");
    return accept.contains("as=APIGroupDiscoveryList") && accept.contains("v=v2;");
  }

  private void core(Exchange exchange, List<String> segments) throws IOException {
    if (segments.size() == 1) {
      if (wantsAggregated(exchange)) {
        exchange.respond(200, Discovery.AGGREGATED, Json.bytes(discovery.aggregated(true)));
      } else {
        Answers.json(exchange, 200, discovery.coreVersions(exchange.header("host")));
      }
    } else {
      resources(exchange, "", segments.get(1));
    }
  }

  private void group(Exchange exchange, List<String> segments) throws IOException {
    if (segments.size() == 1) {
      if (wantsAggregated(exchange)) {
        exchange.respond(200, Discovery.AGGREGATED, Json.bytes(discovery.aggregated(false)));
      } else {
        Answers.json(exchange, 200, discovery.groups());
      }
      return;
    }
    var group = segments.get(1);
    if (!types.groups().containsKey(group)) {
      throw ApiException.noSuchPath();
    }
    if (segments.size() == 2) {
      Answers.json(exchange, 200, discovery.group(group));
    } else {
      resources(exchange, group, segments.get(2));
    }
  }

  private void resources(Exchange exchange, String group, String version) throws IOException {
    if (!types.groups().getOrDefault(group, List.of()).contains(version)) {
      throw ApiException.noSuchPath();
    }
    Answers.json(exchange, 200, discovery.resources(group, version));
  }

  private void openApi(Exchange exchange, List<String> segments) throws IOException {
    if (segments.size() == 2 && segments.get(1).equals("v2")) {
      oldOpenApi(exchange);
      return;
    }
    if (segments.size() < 2 || !segments.get(1).equals("v3")) {
      throw ApiException.noSuchPath();
    }
    if (segments.size() == 2) {
      Answers.json(exchange, 200, openApi.index());
      return;
    }
    var document = openApi.document(String.join("/", segments.subList(2, segments.size())));
    if (document == null) {
      throw ApiException.noSuchPath();
    }
    exchange.addHeader("Etag", document.etag());
    if (exchange.header("if-none-match").equals(document.etag())) {
      exchange.respond(304, "", new byte[0]);
    } else {
      exchange.respond(200, "application/json", document.body());
    }
  }

  // kubectl looks here for kinds that version 3 does not know. A document without definitions,
  // which in protocol
  // buffers is no bytes at all, makes it go on and say that there is no such kind.
  private static void oldOpenApi(Exchange exchange) throws IOException {
    if (exchange.header("accept").contains("protobuf")) {
      exchange.respond(200, OPENAPI_V2_PROTOBUF, new byte[0]);
      return;
    }
    var tree = Json.object().put("swagger", "2.0");
    tree.putObject("info").put("title", "Kubernetes").put("version", "unversioned");
    tree.putObject("paths");
    Answers.json(exchange, 200, tree);
  }
}
