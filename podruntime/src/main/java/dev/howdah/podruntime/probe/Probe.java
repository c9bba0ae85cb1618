// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.probe;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// A probe as a container defines it.
///
/// @param grace the grace period of a container that is ended because of it, if it has its own
public record Probe(
    Kind kind,
    Handler handler,
    Duration initialDelay,
    Duration period,
    Duration timeout,
    int successThreshold,
    int failureThreshold,
    OptionalInt grace) {

  /// What it decides.
  public enum Kind {
    STARTUP("Startup", "startupProbe"),
    LIVENESS("Liveness", "livenessProbe"),
    READINESS("Readiness", "readinessProbe");

    private final String title;
    private final String field;

    Kind(String title, String field) {
      this.title = title;
      this.field = field;
    }

    /// As events name it.
    public String title() {
      return title;
    }
  }

  /// What it does.
  public sealed interface Handler {
    /// Any answer from 200 to 399 is good; certificates aren't checked.
    record Http(boolean tls, String host, int port, String path, Map<String, String> headers)
        implements Handler {}

    /// A connection is good.
    record Tcp(String host, int port) implements Handler {}

    /// Exit status 0 is good.
    record Exec(List<String> command) implements Handler {}
  }

  /// Reads one of a container's probes.
  ///
  /// @param podIp where network probes go unless they name a host
  public static Optional<Probe> of(JsonNode container, Kind kind, String podIp) {
    JsonNode json = container.path(kind.field);
    if (!json.isObject()) {
      return Optional.empty();
    }
    return Optional.of(
        new Probe(
            kind,
            handler(container, json, podIp),
            Duration.ofSeconds(json.path("initialDelaySeconds").asLong(0)),
            Duration.ofSeconds(Math.max(1, json.path("periodSeconds").asLong(10))),
            Duration.ofSeconds(Math.max(1, json.path("timeoutSeconds").asLong(1))),
            Math.max(1, json.path("successThreshold").asInt(1)),
            Math.max(1, json.path("failureThreshold").asInt(3)),
            json.has("terminationGracePeriodSeconds")
                ? OptionalInt.of(json.path("terminationGracePeriodSeconds").asInt())
                : OptionalInt.empty()));
  }

  /// Why a container's probes can't be run here; empty when they can.
  public static Optional<String> unsupported(JsonNode container) {
    for (Kind kind : Kind.values()) {
      JsonNode json = container.path(kind.field);
      if (json.has("grpc")) {
        return Optional.of(
            "%s uses grpc, which the embedded mode doesn't speak: use httpGet, tcpSocket or exec"
                .formatted(kind.field));
      }
      if (json.isObject() && !json.has("httpGet") && !json.has("tcpSocket") && !json.has("exec")) {
        return Optional.of("%s has no httpGet, tcpSocket or exec".formatted(kind.field));
      }
    }
    return Optional.empty();
  }

  private static Handler handler(JsonNode container, JsonNode json, String podIp) {
    if (json.has("exec")) {
      var command = new ArrayList<String>();
      json.path("exec").path("command").forEach(word -> command.add(word.asText()));
      return new Handler.Exec(List.copyOf(command));
    }
    if (json.has("tcpSocket")) {
      JsonNode tcp = json.path("tcpSocket");
      return new Handler.Tcp(host(tcp, podIp), port(container, tcp.path("port")));
    }
    JsonNode http = json.path("httpGet");
    return new Handler.Http(
        http.path("scheme").asText("HTTP").equalsIgnoreCase("HTTPS"),
        host(http, podIp),
        port(container, http.path("port")),
        http.path("path").asText("/"),
        headers(http));
  }

  /// The request of a `httpGet` lifecycle hook.
  public static Handler.Http http(JsonNode container, JsonNode http, String podIp) {
    return new Handler.Http(
        http.path("scheme").asText("HTTP").equalsIgnoreCase("HTTPS"),
        host(http, podIp),
        port(container, http.path("port")),
        http.path("path").asText("/"),
        headers(http));
  }

  private static Map<String, String> headers(JsonNode http) {
    Map<String, String> headers = new LinkedHashMap<>();
    http.path("httpHeaders")
        .forEach(each -> headers.put(each.path("name").asText(), each.path("value").asText()));
    return headers;
  }

  private static String host(JsonNode handler, String podIp) {
    String host = handler.path("host").asText("");
    return host.isEmpty() ? podIp : host;
  }

  private static int port(JsonNode container, JsonNode port) {
    if (port.isNumber() || port.asText().matches("\\d+")) {
      return port.asInt();
    }
    for (JsonNode each : container.path("ports")) {
      if (each.path("name").asText().equals(port.asText())) {
        return each.path("containerPort").asInt();
      }
    }
    return 0;
  }
}
