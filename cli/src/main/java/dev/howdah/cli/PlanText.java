// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.operator.forecast.Step;
import dev.howdah.postgres.config.ConfigurationChange;
import dev.howdah.postgres.config.ParameterClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What `howdah plan` prints.
final class PlanText {
  private PlanText() {}

  static List<String> text(Prospect prospect) {
    var lines = new ArrayList<String>();
    lines.add(title(prospect));
    prospect.problems().forEach(problem -> lines.add("  " + problem));
    for (var field : prospect.fields()) {
      lines.add("  %s: %s -> %s".formatted(field.path(), or(field.before()), or(field.after())));
    }
    var forecast = prospect.forecast();
    if (forecast == null) {
      return lines;
    }
    if (!forecast.parameters().isEmpty()) {
      lines.add("  PostgreSQL parameters:");
      var rows = new ArrayList<List<String>>();
      for (var change : forecast.parameters()) {
        rows.add(List.of("  " + change.name(), values(change), "after a " + takes(change)));
      }
      lines.addAll(Tables.aligned(rows).stream().map(line -> "  " + line).toList());
    }
    if (!prospect.underWay().isEmpty()) {
      lines.add("  Under way already, without this change:");
      prospect.underWay().forEach(step -> lines.add("    " + step(step)));
    }
    if (forecast.steps().isEmpty()) {
      lines.add("  Nothing happens to its instances.");
    } else {
      lines.add("  What happens, in this order:");
      int number = 1;
      for (var step : forecast.steps()) {
        lines.add("  %3d. %s".formatted(number++, step(step)));
      }
    }
    forecast.warnings().forEach(warning -> lines.add("  Warning: " + warning));
    lines.add(
        "  In the end: "
            + forecast.phase()
            + (forecast.phaseReason().isEmpty() ? "" : " (" + forecast.phaseReason() + ")"));
    return lines;
  }

  private static String title(Prospect prospect) {
    var object = prospect.object();
    var namespace = Json.namespace(object);
    var name = namespace.isEmpty() ? Json.name(object) : namespace + "/" + Json.name(object);
    return "%s %s: %s"
        .formatted(
            object.path("kind").asText(),
            name,
            switch (prospect.verdict()) {
              case CREATE -> "would be created";
              case CHANGE -> "would be changed";
              case UNCHANGED -> "unchanged";
              case REFUSE -> "would be refused";
            });
  }

  private static String step(Step step) {
    var what = "%-10s %s".formatted(step.what().name().toLowerCase(Locale.ROOT), step.object());
    return step.reason().isEmpty() ? what : what + ": " + step.reason();
  }

  private static String values(ConfigurationChange change) {
    return or(change.before()) + " -> " + or(change.after());
  }

  private static String takes(ConfigurationChange change) {
    return change.takes() == ParameterClass.RESTART ? "restart" : "reload";
  }

  private static String or(@Nullable String value) {
    return value == null || value.isEmpty() ? "(none)" : value;
  }

  static ObjectNode json(Prospect prospect) {
    var object = prospect.object();
    var json = Json.object();
    json.put("apiVersion", object.path("apiVersion").asText());
    json.put("kind", object.path("kind").asText());
    json.put("namespace", Json.namespace(object));
    json.put("name", Json.name(object));
    json.put("verdict", prospect.verdict().name().toLowerCase(Locale.ROOT));
    prospect.problems().forEach(json.putArray("problems")::add);
    var fields = json.putArray("fields");
    for (var field : prospect.fields()) {
      fields
          .addObject()
          .put("path", field.path())
          .put("before", field.before())
          .put("after", field.after());
    }
    var forecast = prospect.forecast();
    if (forecast != null) {
      var parameters = json.putArray("parameters");
      for (var change : forecast.parameters()) {
        parameters
            .addObject()
            .put("name", change.name())
            .put("before", change.before())
            .put("after", change.after())
            .put("takes", takes(change));
      }
      steps(json.putArray("underWay"), prospect.underWay());
      steps(json.putArray("steps"), forecast.steps());
      forecast.warnings().forEach(json.putArray("warnings")::add);
      json.put("phase", forecast.phase()).put("phaseReason", forecast.phaseReason());
    }
    return json;
  }

  private static void steps(ArrayNode into, List<Step> steps) {
    int number = 1;
    for (var step : steps) {
      into.addObject()
          .put("order", number++)
          .put("what", step.what().name().toLowerCase(Locale.ROOT))
          .put("object", step.object())
          .put("reason", step.reason());
    }
  }
}
