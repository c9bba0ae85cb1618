// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.corpus.Corpus;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// An API server, embedded or real, that the corpus is tried on.
final class CorpusServer implements AutoCloseable {
  private static final String NAMESPACE = "corpus";
  private static final Map<String, String> TRY =
      Map.of("dryRun", "All", "fieldValidation", "Strict");
  private static final Map<String, String> STORE = Map.of("fieldValidation", "Strict");

  private final KubeClient client;

  /// What a server said.
  ///
  /// @param causes the fields it found wrong; empty where it accepted
  record Answer(boolean accepted, SortedSet<String> causes, String message, JsonNode object) {}

  CorpusServer(Path kubeconfig, Path scratch) throws IOException {
    client = Connection.open(kubeconfig);
    Installed.into(client, scratch);
    ObjectNode namespace = Json.mapper().createObjectNode();
    namespace.put("apiVersion", "v1").put("kind", "Namespace");
    namespace.putObject("metadata").put("name", NAMESPACE);
    send("POST", "/api/v1/namespaces", Map.of(), namespace);
  }

  private Answer send(String method, String path, Map<String, String> parameters, JsonNode body) {
    try {
      ObjectNode stored = client.request(method, path, parameters, body);
      return new Answer(true, new TreeSet<>(), "", stored);
    } catch (KubeException e) {
      SortedSet<String> causes = new TreeSet<>();
      e.details().path("causes").forEach(cause -> causes.add(cause.path("field").asText("")));
      causes.remove("<nil>"); // "some rules were not checked"
      return new Answer(
          false, causes, String.valueOf(e.getMessage()), Json.mapper().createObjectNode());
    }
  }

  private static String path(ObjectNode object) {
    Kind kind =
        Kind.of(object.path("apiVersion").asText(), object.path("kind").asText()).orElseThrow();
    String base = "/apis/" + kind.apiVersion();
    return kind.namespaced()
        ? base + "/namespaces/" + NAMESPACE + "/" + kind.plural()
        : base + "/" + kind.plural();
  }

  private static ObjectNode placed(ObjectNode object) {
    ObjectNode copy = object.deepCopy();
    ((ObjectNode) copy.get("metadata")).put("namespace", NAMESPACE);
    return copy;
  }

  /// Tries to create an object; nothing is stored.
  Answer create(ObjectNode object) {
    return send("POST", path(object), TRY, placed(object));
  }

  /// Tries a broken manifest: as a new object, or as an update of a stored one.
  Answer attempt(Corpus.Case broken) {
    ObjectNode before = broken.before();
    if (before == null) {
      return create(broken.now());
    }
    String named = path(before) + "/" + before.path("metadata").path("name").asText();
    Answer stored = send("POST", path(before), STORE, placed(before));
    if (!stored.accepted()) {
      throw new IllegalStateException(broken + " can't begin: " + stored.message());
    }
    try {
      JsonNode latest = stored.object();
      if (before.has("status")) {
        ObjectNode withStatus = stored.object().deepCopy();
        withStatus.set("status", before.get("status"));
        latest = send("PUT", named + "/status", Map.of(), withStatus).object();
      }
      ObjectNode now = placed(broken.now());
      now.remove("status");
      ((ObjectNode) now.get("metadata"))
          .put("resourceVersion", latest.path("metadata").path("resourceVersion").asText());
      return send("PUT", named, TRY, now);
    } finally {
      send("DELETE", named, Map.of(), Json.mapper().createObjectNode());
    }
  }

  @Override
  public void close() {
    send("DELETE", "/api/v1/namespaces/" + NAMESPACE, Map.of(), Json.mapper().createObjectNode());
    client.close();
  }
}
