// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.howdah.kube.Json;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.InstanceJobs;
import dev.howdah.operator.cluster.desired.InstancePod;
import dev.howdah.operator.cluster.desired.InstanceStorage;
import dev.howdah.operator.cluster.desired.LeaseObject;
import dev.howdah.operator.cluster.desired.SecretNames;
import dev.howdah.operator.cluster.desired.UserSecrets;
import dev.howdah.operator.cluster.plan.ObjectsPlan;
import dev.howdah.testing.GoldenFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// All objects that a Cluster yields, as files to be read.
class GoldenObjectsTest {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .disable(YAMLGenerator.Feature.SPLIT_LINES)
          .build();
  private static final OperatorSettings SETTINGS =
      OperatorSettings.of(
          List.of(
              Map.of(
                  "INHERITED_LABELS", "team,app.*",
                  "INHERITED_ANNOTATIONS", "example.org/*")));

  private final GoldenFiles golden = new GoldenFiles("objects");

  @Test
  void areAsReviewed() {
    for (String name : golden.cases()) {
      var cluster = new SimulatedCluster(golden.read(name + "/in-cluster.yaml"), SETTINGS);
      Blueprint blueprint = cluster.blueprint();
      String first = blueprint.name() + "-1";

      golden.check(name + "/out-pod.yaml", text(InstancePod.desired(blueprint, 1, "primary")));
      golden.check(
          name + "/out-first-job.yaml",
          text(InstanceJobs.desired(blueprint, 1, InstanceJobs.bootstrapRole(blueprint))));
      golden.check(name + "/out-join-job.yaml", text(InstanceJobs.desired(blueprint, 2, "join")));
      golden.check(
          name + "/out-volumes.yaml",
          texts(
              InstanceStorage.claims(blueprint, first).stream()
                  .map(c -> InstanceStorage.desired(blueprint, 1, c, "ready", "primary", null))
                  .toList()));
      golden.check(
          name + "/out-others.yaml",
          texts(
                  ObjectsPlan.wanted(cluster.view()).stream()
                      .map(ObjectsPlan.Wanted::object)
                      .toList())
              + text(LeaseObject.desired(blueprint)));
      var secrets = new ArrayList<ObjectNode>();
      SecretNames.application(blueprint)
          .ifPresent(app ->
              secrets.add(
                  UserSecrets.desired(
                      blueprint, app.secret(), "app", app.owner(), app.database(), "pass:w/rd")));
      golden.check(name + "/out-user-secret.yaml", texts(secrets));
    }
    golden.assertAllUsed();
  }

  @Test
  void everySecretThatIsReferredToIsReadable() {
    var cluster = new SimulatedCluster(golden.read("full/in-cluster.yaml"));

    assertThat(SecretNames.readable(cluster.blueprint(), Set.of()))
        .contains(
            "full-app",
            "full-ca",
            "full-replication",
            "full-server",
            "full-superuser",
            "ldap-password",
            "other-cert",
            "other-password",
            "reporter-password",
            "secret-queries",
            "store",
            "store-ca");
  }

  private static String texts(List<ObjectNode> objects) {
    var text = new StringBuilder();
    objects.forEach(object -> text.append(text(object)));
    return text.toString();
  }

  /// The annotation that repeats the specification is shortened.
  private static String text(ObjectNode object) {
    ObjectNode copy = object.deepCopy();
    if (copy.path("metadata").path("annotations") instanceof ObjectNode annotations
        && annotations.has("cnpg.io/podSpec")) {
      annotations.put("cnpg.io/podSpec", "(the specification as JSON)");
    }
    try {
      return YAML.writeValueAsString(Json.parse(Json.bytes(copy)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
