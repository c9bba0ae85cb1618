// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Quantity;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a pod may learn about itself: fields and resources. Pure.
public final class DownwardApi {
  private static final Pattern ENTRY =
      Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)'\\]");

  private DownwardApi() {}

  /// A field by path, as in `fieldRef.fieldPath`; empty for one that can't be asked for.
  public static Optional<String> field(PodFacts facts, String path) {
    JsonNode pod = facts.pod();
    Matcher entry = ENTRY.matcher(path);
    if (entry.matches()) {
      return Optional.of(pod.path("metadata").path(entry.group(1)).path(entry.group(2)).asText(""));
    }
    return switch (path) {
      case "metadata.name" -> Optional.of(Json.name(pod));
      case "metadata.namespace" -> Optional.of(Json.namespace(pod));
      case "metadata.uid" -> Optional.of(Json.uid(pod));
      case "metadata.labels" -> Optional.of(lines(pod.path("metadata").path("labels")));
      case "metadata.annotations" -> Optional.of(lines(pod.path("metadata").path("annotations")));
      case "spec.nodeName" -> Optional.of(pod.path("spec").path("nodeName").asText(""));
      case "spec.serviceAccountName" ->
          Optional.of(pod.path("spec").path("serviceAccountName").asText("default"));
      case "status.podIP", "status.podIPs" -> Optional.of(facts.ip());
      case "status.hostIP", "status.hostIPs" -> Optional.of(facts.hostIp());
      default -> Optional.empty();
    };
  }

  /// A container's limit or request, as in `resourceFieldRef`; without one, the machine's.
  public static String resource(JsonNode pod, JsonNode reference, String defaultContainer) {
    String name = reference.path("containerName").asText(defaultContainer);
    String resource = reference.path("resource").asText();
    String kind = resource.substring(0, Math.max(0, resource.indexOf('.')));
    String what = resource.substring(resource.indexOf('.') + 1);
    JsonNode found = container(pod, name).path("resources").path(kind).path(what);
    if (found.isMissingNode() && kind.equals("requests")) {
      found = container(pod, name).path("resources").path("limits").path(what);
    }
    String amount = found.isMissingNode() ? machine(what) : found.asText();
    return Long.toString(Quantity.divide(amount, reference.path("divisor").asText("")));
  }

  private static String machine(String what) {
    return switch (what) {
      case "cpu" -> Integer.toString(Runtime.getRuntime().availableProcessors());
      case "memory" -> Long.toString(Machine.memoryBytes());
      default -> "0";
    };
  }

  private static JsonNode container(JsonNode pod, String name) {
    for (String kind : new String[] {"containers", "initContainers"}) {
      for (JsonNode container : pod.path("spec").path(kind)) {
        if (container.path("name").asText().equals(name)) {
          return container;
        }
      }
    }
    return Json.object();
  }

  private static String lines(JsonNode map) {
    Map<String, String> sorted = new TreeMap<>();
    map.properties().forEach(entry -> sorted.put(entry.getKey(), entry.getValue().asText()));
    var text = new StringBuilder();
    sorted.forEach((key, value) -> text.append(key).append('=').append(quote(value)).append('\n'));
    return text.toString();
  }

  private static String quote(String value) {
    return '"'
        + value
            .replace("\\", "\\\\")
            .replace("\"", "\\\"")
            .replace("\n", "\\n")
            .replace("\t", "\\t")
        + '"';
  }
}
