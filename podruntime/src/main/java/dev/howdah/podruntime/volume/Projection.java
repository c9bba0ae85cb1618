// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.ObjectData;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Turns a volume's definition and the objects it names into files. Pure but for its sources.
final class Projection {
  private static final int DEFAULT_MODE = 0644;
  private static final int TOKEN_MODE = 0600;

  /// Where the objects come from.
  record Sources(
      Function<Key, Optional<? extends JsonNode>> configMaps,
      Function<Key, Optional<? extends JsonNode>> secrets,
      Function<JsonNode, String> tokens) {}

  private final PodFacts facts;
  private final Sources sources;

  Projection(PodFacts facts, Sources sources) {
    this.facts = facts;
    this.sources = sources;
  }

  /// Whether a volume is of the kinds that are made of objects.
  static boolean handles(JsonNode volume) {
    return volume.has("configMap")
        || volume.has("secret")
        || volume.has("projected")
        || volume.has("downwardAPI");
  }

  /// The files of such a volume.
  Payload files(JsonNode volume) {
    if (volume.has("projected")) {
      JsonNode projected = volume.path("projected");
      int mode = projected.path("defaultMode").asInt(DEFAULT_MODE);
      var all = new Payload.Files(Map.of());
      for (JsonNode source : projected.path("sources")) {
        switch (source(source, mode)) {
          case Payload.Files files -> all = all.and(files);
          case Payload.Missing missing -> {
            return missing;
          }
        }
      }
      return all;
    }
    String kind =
        volume.has("configMap") ? "configMap" : volume.has("secret") ? "secret" : "downwardAPI";
    return source(volume, volume.path(kind).path("defaultMode").asInt(DEFAULT_MODE));
  }

  private Payload source(JsonNode source, int mode) {
    if (source.has("configMap")) {
      return object("configmap", source.path("configMap"), sources.configMaps, mode);
    }
    if (source.has("secret")) {
      return object("secret", source.path("secret"), sources.secrets, mode);
    }
    if (source.has("serviceAccountToken")) {
      JsonNode token = source.path("serviceAccountToken");
      byte[] bytes = sources.tokens.apply(token).getBytes(StandardCharsets.US_ASCII);
      return new Payload.Files(
          Map.of(token.path("path").asText("token"), new Payload.Content(bytes, TOKEN_MODE)));
    }
    if (source.has("downwardAPI")) {
      return downward(source.path("downwardAPI"), mode);
    }
    return new Payload.Missing(
        "the embedded mode can't project "
            + String.join(", ", source.properties().stream().map(Map.Entry::getKey).toList()));
  }

  private Payload object(
      String kind,
      JsonNode reference,
      Function<Key, Optional<? extends JsonNode>> lookup,
      int mode) {
    String name = reference.path("secretName").asText(reference.path("name").asText());
    boolean optional = reference.path("optional").asBoolean();
    Optional<? extends JsonNode> object = lookup.apply(new Key(Json.namespace(facts.pod()), name));
    if (object.isEmpty()) {
      return optional
          ? new Payload.Files(Map.of())
          : new Payload.Missing("%s \"%s\" not found".formatted(kind, name));
    }
    Map<String, byte[]> data = ObjectData.of(object.get());
    Map<String, Payload.Content> files = new HashMap<>();
    if (!reference.has("items")) {
      data.forEach((key, bytes) -> files.put(key, new Payload.Content(bytes, mode)));
    }
    for (JsonNode item : reference.path("items")) {
      byte[] bytes = data.get(item.path("key").asText());
      if (bytes != null) {
        files.put(
            item.path("path").asText(), new Payload.Content(bytes, item.path("mode").asInt(mode)));
      } else if (!optional) {
        return new Payload.Missing(
            "references non-existent %s key: %s".formatted(kind, item.path("key").asText()));
      }
    }
    return new Payload.Files(files);
  }

  private Payload downward(JsonNode reference, int mode) {
    Map<String, Payload.Content> files = new HashMap<>();
    for (JsonNode item : reference.path("items")) {
      String path = item.path("fieldRef").path("fieldPath").asText();
      Optional<String> value =
          item.has("resourceFieldRef")
              ? Optional.of(DownwardApi.resource(facts.pod(), item.path("resourceFieldRef"), ""))
              : DownwardApi.field(facts, path);
      if (value.isEmpty()) {
        return new Payload.Missing("fieldPath %s is not supported".formatted(path));
      }
      files.put(
          item.path("path").asText(),
          new Payload.Content(
              value.get().getBytes(StandardCharsets.UTF_8), item.path("mode").asInt(mode)));
    }
    return new Payload.Files(files);
  }
}
