// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.forecast;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.Json;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.tree.Tree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The operator's settings as far as they show in what it has made: a forecast is made where the
/// operator's own settings can't be read.
final class GuessedSettings {
  private GuessedSettings() {}

  static OperatorSettings from(Situation situation, ObjectNode wanted) {
    Map<String, String> values = new HashMap<>();
    String name = Json.name(wanted);
    boolean pulls = false;
    for (ObjectNode object : situation.objects()) {
      switch (object.path("kind").asText()) {
        case "Pod" -> fromPod(object, values);
        case "Service" -> {
          if (Json.name(object).equals(ObjectNames.anyService(name))) {
            values.put("CREATE_ANY_SERVICE", "true");
          }
        }
        case "ServiceAccount" -> pulls |= pulls(object, ObjectNames.pullSecret(name));
        case "Role" -> fromRole(object, situation, values);
        default -> {}
      }
    }
    OperatorSettings settings = OperatorSettings.of(List.of(values));
    return pulls ? settings : settings.withPullSecret("");
  }

  private static boolean pulls(ObjectNode account, String secret) {
    return !Tree.named(account.path("imagePullSecrets"), "name", secret).isMissingNode();
  }

  private static void fromPod(ObjectNode pod, Map<String, String> values) {
    if (!Json.label(pod, Labels.POD_ROLE).equals(Labels.POD_ROLE_INSTANCE)) {
      return;
    }
    JsonNode spec = pod.path("spec");
    String image =
        Tree.named(spec.path("initContainers"), "name", "bootstrap-controller")
            .path("image")
            .asText("");
    if (!image.isEmpty()) {
      values.put("OPERATOR_IMAGE_NAME", image);
    }
    JsonNode environment = Tree.named(spec.path("containers"), "name", "postgres").path("env");
    String timeout =
        Tree.named(environment, "name", "CNPG_STANDBY_TCP_USER_TIMEOUT").path("value").asText("");
    if (!timeout.isEmpty()) {
      values.put("STANDBY_TCP_USER_TIMEOUT", timeout);
    }
  }

  /// Labels and annotations of the Cluster that its Role has too were inherited.
  private static void fromRole(ObjectNode role, Situation situation, Map<String, String> values) {
    ObjectNode live = situation.live();
    if (live == null || !Json.name(role).equals(Json.name(live))) {
      return;
    }
    values.put("INHERITED_LABELS", common(live, role, "labels"));
    values.put("INHERITED_ANNOTATIONS", common(live, role, "annotations"));
  }

  private static String common(ObjectNode live, ObjectNode role, String what) {
    var names = new ArrayList<String>();
    JsonNode there = role.path("metadata").path(what);
    live.path("metadata")
        .path(what)
        .properties()
        .forEach(entry -> {
          if (entry.getValue().equals(there.path(entry.getKey()))) {
            names.add(entry.getKey());
          }
        });
    return String.join(",", names);
  }
}
