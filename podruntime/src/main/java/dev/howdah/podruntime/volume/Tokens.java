// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Service account tokens for pods: asked for once, renewed when four fifths of their time have
/// passed, or a day.
public final class Tokens {
  private static final Duration LONGEST = Duration.ofHours(24);
  private static final long DEFAULT_SECONDS = 3600;

  private record Wanted(String pod, String audience, long seconds) {}

  private record Token(String text, Instant renew) {}

  private final KubeClient client;
  private final InstantSource clock;
  private final Map<Wanted, Token> tokens = new ConcurrentHashMap<>();

  public Tokens(KubeClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /// A token that is good for a while.
  ///
  /// @param projection the `serviceAccountToken` source of a projected volume
  String token(JsonNode pod, JsonNode projection) {
    var wanted =
        new Wanted(
            Json.uid(pod),
            projection.path("audience").asText(""),
            projection.path("expirationSeconds").asLong(DEFAULT_SECONDS));
    Token known = tokens.get(wanted);
    if (known == null || !clock.instant().isBefore(known.renew)) {
      known = request(pod, wanted);
      tokens.put(wanted, known);
    }
    return known.text;
  }

  /// When the first of a pod's tokens is due to be renewed; far away when it has none.
  Instant renewal(String podUid) {
    return tokens.entrySet().stream()
        .filter(entry -> entry.getKey().pod.equals(podUid))
        .map(entry -> entry.getValue().renew)
        .min(Instant::compareTo)
        .orElse(Instant.MAX);
  }

  /// Forgets the tokens of a pod.
  void forget(String podUid) {
    tokens.keySet().removeIf(wanted -> wanted.pod.equals(podUid));
  }

  private Token request(JsonNode pod, Wanted wanted) {
    ObjectNode body = Json.object();
    body.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenRequest");
    ObjectNode spec = body.putObject("spec").put("expirationSeconds", wanted.seconds);
    if (!wanted.audience.isEmpty()) {
      spec.putArray("audiences").add(wanted.audience);
    }
    spec.putObject("boundObjectRef")
        .put("apiVersion", "v1")
        .put("kind", "Pod")
        .put("name", Json.name(pod))
        .put("uid", wanted.pod);
    String account = pod.path("spec").path("serviceAccountName").asText("default");
    Instant now = clock.instant();
    JsonNode status =
        client
            .request(
                "POST",
                "/api/v1/namespaces/%s/serviceaccounts/%s/token"
                    .formatted(Json.namespace(pod), account),
                Map.of(),
                body)
            .path("status");
    Instant expires =
        status.has("expirationTimestamp")
            ? Instant.parse(status.path("expirationTimestamp").asText())
            : now.plusSeconds(wanted.seconds);
    Duration use = Duration.between(now, expires).multipliedBy(4).dividedBy(5);
    return new Token(
        status.path("token").asText(), now.plus(use.compareTo(LONGEST) > 0 ? LONGEST : use));
  }
}
