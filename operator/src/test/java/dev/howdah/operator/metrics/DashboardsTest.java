// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The dashboard and the alerts against the metrics that are exported: names and labels. What the
/// expressions do, `dashboards/check` tells, with Prometheus' own tool.
class DashboardsTest {
  private static final Path FOLDER = Path.of("../dashboards");
  private static final Pattern ROW =
      Pattern.compile("^\\| `(\\w+)` \\| \\w+ \\| ([\\w, ]*) \\|", Pattern.MULTILINE);

  /// What Prometheus adds to whatever it reads from a pod.
  private static final Set<String> OF_PODS = Set.of("namespace", "pod", "container", "job");

  private static final Pattern METRIC =
      Pattern.compile("\\b((?:cnpg|howdah|process)_\\w+)(?:\\{([^}]*)})?");
  private static final Pattern SELECTED = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)");
  private static final Pattern GROUPED =
      Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");
  private static final Pattern TOLD = Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?(\\w+)[^}]*}}");

  private static final Map<String, Set<String>> LABELS = new HashMap<>();

  /// An expression, and the text that tells of its result by labels.
  private record Use(String where, String expression, String text) {}

  @BeforeAll
  static void readTheManual() throws IOException {
    Matcher row = ROW.matcher(Files.readString(Path.of("../docs/reference/metrics.md")));
    while (row.find()) {
      Set<String> labels = LABELS.computeIfAbsent(row.group(1), _ -> new HashSet<>());
      Arrays.stream(row.group(2).split(",")).map(String::strip).forEach(labels::add);
    }
    assertThat(LABELS).hasSizeGreaterThan(100);
  }

  @Test
  void theyUseOnlyLabelsThatTheirMetricsHave() throws IOException {
    List<Use> uses = new ArrayList<>(alerts());
    panels(new JsonMapper().readTree(FOLDER.resolve("howdah-grafana.json").toFile()), uses);
    assertThat(uses).hasSizeGreaterThan(50);

    var wrong = new ArrayList<String>();
    for (Use use : uses) {
      Set<String> known = new TreeSet<>(OF_PODS);
      Matcher metric = METRIC.matcher(use.expression);
      while (metric.find()) {
        Set<String> own = new HashSet<>(LABELS.getOrDefault(metric.group(1), Set.of()));
        own.addAll(OF_PODS);
        known.addAll(own);
        find(SELECTED, metric.group(2) == null ? "" : metric.group(2)).stream()
            .filter(label -> !own.contains(label))
            .forEach(label -> wrong.add(use.where + ": " + metric.group(1) + " has no " + label));
      }
      var named = new ArrayList<String>();
      find(GROUPED, use.expression).forEach(list -> named.addAll(List.of(list.split(",\\s*"))));
      find(TOLD, use.text).stream().filter(word -> !word.equals("value")).forEach(named::add);
      named.stream()
          .filter(label -> !label.isBlank() && !known.contains(label))
          .forEach(label -> wrong.add(use.where + ": no metric of it has " + label));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyAlertHasACaseInWhichItFires() throws IOException {
    String cases = Files.readString(FOLDER.resolve("alerts-test.yaml"));

    for (Use alert : alerts()) {
      assertThat(cases).contains("alertname=\"" + alert.where + "\"");
    }
  }

  private static List<Use> alerts() throws IOException {
    var found = new ArrayList<Use>();
    JsonNode file = new YAMLMapper().readTree(FOLDER.resolve("alerts.yaml").toFile());
    for (JsonNode group : file.at("/spec/groups")) {
      for (JsonNode rule : group.path("rules")) {
        assertThat(rule.at("/annotations/description").asText()).isNotEmpty();
        String text =
            rule.at("/annotations/summary").asText() + rule.at("/annotations/description").asText();
        found.add(
            new Use(
                rule.path("alert").asText(),
                rule.path("expr").asText(),
                text.replace("{{ $value }}", "").replaceAll("\\{\\{ \\$value [^}]*}}", "")));
      }
    }
    assertThat(found).hasSizeGreaterThan(20);
    return found;
  }

  private static void panels(JsonNode of, List<Use> uses) {
    for (JsonNode panel : of.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        uses.add(
            new Use(
                panel.path("title").asText(),
                target.path("expr").asText(),
                target.path("legendFormat").asText()));
      }
      panels(panel, uses);
    }
  }

  private static List<String> find(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(found -> found.group(1)).toList();
  }
}
