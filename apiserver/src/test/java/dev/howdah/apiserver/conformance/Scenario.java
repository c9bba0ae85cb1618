// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// A list of requests, and what is comparable of the answers to them. In paths and bodies, `{ns}`
/// is the namespace of the run and `{rv}` the last resourceVersion seen.
record Scenario(String name, List<Step> steps) {
  private static final JsonMapper YAML = new JsonMapper(new YAMLFactory());
  private static final Set<String> VOLATILE =
      Set.of(
          "uid",
          "creationTimestamp",
          "deletionTimestamp",
          "selfLink",
          "time",
          "clusterIP",
          "clusterIPs");
  private static final Map<String, String> PATCHES =
      Map.of(
          "APPLY", "application/apply-patch+yaml",
          "MERGE", "application/merge-patch+json",
          "STRATEGIC", "application/strategic-merge-patch+json",
          "JSON", "application/json-patch+json");

  /// One request; `method` may be one of the four kinds of patch.
  record Step(String method, String path, String body) {}

  /// Reads the scenarios of one file.
  static List<Scenario> read(String file) throws IOException {
    var result = new ArrayList<Scenario>();
    try (var in = Objects.requireNonNull(Scenario.class.getResourceAsStream(file), file)) {
      for (var each : YAML.readTree(in)) {
        var steps = new ArrayList<Step>();
        for (var step : each.path("steps")) {
          var request = step.path("do").asText().split(" ", 2);
          steps.add(
              new Step(
                  request[0],
                  request[1],
                  step.has("text")
                      ? step.path("text").asText()
                      : step.has("body") ? step.path("body").toString() : ""));
        }
        result.add(new Scenario(each.path("name").asText(), steps));
      }
    }
    return result;
  }

  /// Runs all steps and returns the answers without what differs from run to run.
  ArrayNode run(Target target, String namespace) throws IOException {
    var answers = JsonNodeFactory.instance.arrayNode();
    var versions = new HashMap<String, String>();
    var uids = new LinkedHashMap<String, String>();
    for (var step : steps) {
      var version = versions.getOrDefault("last", "");
      var answer =
          target.send(
              PATCHES.containsKey(step.method()) ? "PATCH" : step.method(),
              step.path().replace("{ns}", namespace),
              PATCHES.getOrDefault(step.method(), "application/json"),
              replaced(step.body().replace("{ns}", namespace).replace("{rv}", version), uids));
      uids.put("{uid:" + uids.size() + "}", answer.body().at("/metadata/uid").asText(""));
      var seen = answer.body().path("metadata").path("resourceVersion").asText();
      var summary = answers.addObject().put("code", answer.code());
      if (!seen.isEmpty()
          && answer.code() < 300
          && !answer.body().path("kind").asText().endsWith("List")) {
        var before = versions.get("last");
        summary.put("changed", !seen.equals(before));
        versions.put("last", seen);
      }
      answer.warnings().stream().sorted().forEach(summary.withArrayProperty("warnings")::add);
      if (answer.warnings().isEmpty()) {
        summary.remove("warnings");
      }
      summary.set("body", stable(settled(answer.body()), namespace, uids));
    }
    return answers;
  }

  /// The order of entries depends on the time of writing.
  private static ArrayNode sorted(ArrayNode entries) {
    return JsonNodeFactory.instance
        .arrayNode()
        .addAll(entries.valueStream().sorted(Comparator.comparing(Scenario::writer)).toList());
  }

  private static String writer(JsonNode entry) {
    return entry.path("manager").asText()
        + entry.path("operation").asText()
        + entry.path("subresource").asText();
  }

  /// The order of errors is that of a Go map: at random.
  private static JsonNode settled(JsonNode body) {
    if (body.path("details").path("causes") instanceof ArrayNode causes && causes.size() > 1) {
      var sorted =
          causes
              .valueStream()
              .sorted(Comparator.comparing(each -> each.path("field") + " " + each.path("message")))
              .toList();
      var copy = (ObjectNode) body.deepCopy();
      copy.withObjectProperty("details").putArray("causes").addAll(sorted);
      copy.put("message", body.path("message").asText().replaceFirst("\\[.*", "["));
      return copy;
    }
    return body;
  }

  private static String replaced(String text, Map<String, String> values) {
    var result = text;
    for (var value : values.entrySet()) {
      result = result.replace(value.getKey(), value.getValue());
    }
    return result;
  }

  private static String hidden(String text, Map<String, String> uids) {
    var result = text;
    for (var uid : uids.entrySet()) {
      result = uid.getValue().isEmpty() ? result : result.replace(uid.getValue(), uid.getKey());
    }
    return result;
  }

  private static JsonNode stable(JsonNode value, String namespace, Map<String, String> uids) {
    return switch (value) {
      case ObjectNode object -> {
        var kept = JsonNodeFactory.instance.objectNode();
        for (var entry : object.properties()) {
          var name = hidden(entry.getKey(), uids);
          if (!VOLATILE.contains(name) && !name.equals("resourceVersion")) {
            kept.set(name, stable(entry.getValue(), namespace, uids));
            if (name.equals("managedFields") && kept.get(name) instanceof ArrayNode entries) {
              kept.set(name, sorted(entries));
            }
          }
        }
        yield kept;
      }
      case ArrayNode array -> {
        var kept = JsonNodeFactory.instance.arrayNode();
        array.forEach(each -> kept.add(stable(each, namespace, uids)));
        yield kept;
      }
      default ->
          value.isTextual()
              ? JsonNodeFactory.instance.textNode(
                  hidden(value.asText().replace(namespace, "{ns}"), uids))
              : value;
    };
  }
}
