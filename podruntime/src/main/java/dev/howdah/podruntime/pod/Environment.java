// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.ObjectData;
import dev.howdah.podruntime.volume.DownwardApi;
import dev.howdah.podruntime.volume.PodFacts;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The variables of a container: `envFrom`, `env`, references between them. Pure but for its
/// sources.
final class Environment {
  /// A variable refers to something that isn't there; the message is kubelet's.
  static final class Unresolved extends Exception {
    private static final long serialVersionUID = 1;

    Unresolved(String message) {
      super(message);
    }
  }

  private final PodFacts facts;
  private final Function<Key, Optional<ObjectNode>> configMaps;
  private final Function<Key, Optional<ObjectNode>> secrets;

  Environment(
      PodFacts facts,
      Function<Key, Optional<ObjectNode>> configMaps,
      Function<Key, Optional<ObjectNode>> secrets) {
    this.facts = facts;
    this.configMaps = configMaps;
    this.secrets = secrets;
  }

  /// All variables, on top of those given.
  Map<String, String> of(JsonNode container, Map<String, String> base) throws Unresolved {
    Map<String, String> result = new LinkedHashMap<>(base);
    for (JsonNode source : container.path("envFrom")) {
      addAll(source, result);
    }
    for (JsonNode variable : container.path("env")) {
      String name = variable.path("name").asText();
      if (variable.has("valueFrom")) {
        Optional<String> value = resolve(variable.path("valueFrom"), container);
        value.ifPresent(text -> result.put(name, text));
      } else {
        result.put(name, expand(variable.path("value").asText(""), result));
      }
    }
    return result;
  }

  private void addAll(JsonNode source, Map<String, String> target) throws Unresolved {
    boolean secret = source.has("secretRef");
    JsonNode reference = source.path(secret ? "secretRef" : "configMapRef");
    Optional<ObjectNode> object = find(secret, reference);
    if (object.isPresent()) {
      String prefix = source.path("prefix").asText("");
      ObjectData.of(object.get())
          .forEach(
              (key, bytes) -> target.put(prefix + key, new String(bytes, StandardCharsets.UTF_8)));
    }
  }

  private Optional<String> resolve(JsonNode source, JsonNode container) throws Unresolved {
    if (source.has("fieldRef")) {
      String path = source.path("fieldRef").path("fieldPath").asText();
      return Optional.of(
          DownwardApi.field(facts, path)
              .orElseThrow(() -> new Unresolved("fieldPath %s is not supported".formatted(path))));
    }
    if (source.has("resourceFieldRef")) {
      return Optional.of(
          DownwardApi.resource(
              facts.pod(), source.path("resourceFieldRef"), container.path("name").asText()));
    }
    boolean secret = source.has("secretKeyRef");
    JsonNode reference = source.path(secret ? "secretKeyRef" : "configMapKeyRef");
    Optional<ObjectNode> object = find(secret, reference);
    if (object.isEmpty()) {
      return Optional.empty();
    }
    String key = reference.path("key").asText();
    byte[] bytes = ObjectData.of(object.get()).get(key);
    if (bytes == null) {
      if (reference.path("optional").asBoolean()) {
        return Optional.empty();
      }
      throw new Unresolved(
          "couldn't find key %s in %s %s"
              .formatted(key, secret ? "Secret" : "ConfigMap", Key.of(object.get())));
    }
    return Optional.of(new String(bytes, StandardCharsets.UTF_8));
  }

  private Optional<ObjectNode> find(boolean secret, JsonNode reference) throws Unresolved {
    String name = reference.path("name").asText();
    Optional<ObjectNode> object =
        (secret ? secrets : configMaps).apply(new Key(Json.namespace(facts.pod()), name));
    if (object.isEmpty() && !reference.path("optional").asBoolean()) {
      throw new Unresolved("%s \"%s\" not found".formatted(secret ? "secret" : "configmap", name));
    }
    return object;
  }

  /// Replaces `$(NAME)` by the variable's value; leaves unknown names, and turns `$$` into `$`.
  static String expand(String text, Map<String, String> variables) {
    var out = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != '$' || at + 1 == text.length()) {
        out.append(c);
        at++;
      } else if (text.charAt(at + 1) == '$') {
        out.append('$');
        at += 2;
      } else {
        int end = text.charAt(at + 1) == '(' ? text.indexOf(')', at) : -1;
        if (end < 0) {
          out.append(c);
          at++;
        } else {
          String name = text.substring(at + 2, end);
          String value = variables.get(name);
          out.append(value == null ? "$(" + name + ")" : value);
          at = end + 1;
        }
      }
    }
    return out.toString();
  }
}
