// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.corpus.Corpus;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.rules.Defaults;
import dev.howdah.api.validate.Validation;
import dev.howdah.apiserver.ThrowawayServer;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.Preparation;
import dev.howdah.operator.cluster.Preparer;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.InstanceJobs;
import dev.howdah.operator.cluster.desired.InstancePod;
import dev.howdah.operator.cluster.desired.InstanceStorage;
import dev.howdah.operator.cluster.desired.LeaseObject;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.cluster.plan.ObjectsPlan;
import dev.howdah.operator.forecast.Forecast;
import dev.howdah.operator.forecast.Forecaster;
import dev.howdah.operator.forecast.ImaginedWorld;
import dev.howdah.operator.forecast.Situation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clusters made of parts of the corpus, at random but the same every time: whatever passes
/// validation can be worked with.
class GeneratedClustersIT {
  private static final int TRIED = 240;
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final String NAMESPACE = "generated";

  private final Preparer preparer =
      new Preparer(
          OperatorSettings.defaults(),
          reference ->
              Corpus.valid().values().stream()
                  .filter(o -> o.path("kind").asText().equals(reference.kind()))
                  .filter(o -> Json.name(o).equals(reference.name()))
                  .<JsonNode>map(o -> o)
                  .findFirst());

  /// Good Clusters: one of the corpus with some fields of others.
  private static List<ObjectNode> clusters() {
    List<ObjectNode> bases =
        Corpus.valid().values().stream()
            .filter(o -> o.path("kind").asText().equals("Cluster"))
            .toList();
    var chance = new Random(20260301);
    var clusters = new ArrayList<ObjectNode>();
    for (int i = 0; i < TRIED; i++) {
      ObjectNode cluster = bases.get(i % bases.size()).deepCopy();
      cluster.withObject("/metadata").put("namespace", NAMESPACE).put("uid", "uid-" + i);
      for (int parts = i / bases.size(); parts > 0; parts--) {
        ObjectNode other = bases.get(chance.nextInt(bases.size()));
        List<String> fields = new ArrayList<>();
        other.path("spec").fieldNames().forEachRemaining(fields::add);
        String field = fields.get(chance.nextInt(fields.size()));
        cluster.withObject("/spec").set(field, other.path("spec").get(field).deepCopy());
      }
      if (Validation.of(cluster, null).stream().noneMatch(Finding::isError)) {
        clusters.add(cluster);
      }
    }
    assertThat(clusters).hasSizeGreaterThan(TRIED / 3);
    return clusters;
  }

  private Optional<Blueprint> blueprint(ObjectNode cluster) {
    return preparer.prepare(ObservedCluster.of(Defaults.apply(cluster)))
            instanceof Preparation.Ready ready
        ? Optional.of(ready.blueprint())
        : Optional.empty();
  }

  /// All that a Cluster yields but Secrets, whose content is made when they are.
  private static Map<ObjectNode, Resource> objects(ObjectNode cluster, Blueprint blueprint) {
    var objects = new LinkedHashMap<ObjectNode, Resource>();
    var view = new ImaginedWorld(Defaults.apply(cluster), NOW).view(blueprint, List.of());
    ObjectsPlan.wanted(view).forEach(w -> objects.put(w.object(), w.resource()));
    objects.put(LeaseObject.desired(blueprint), Resource.LEASES);
    objects.put(InstancePod.desired(blueprint, 1, "primary"), Resource.PODS);
    objects.put(
        InstanceJobs.desired(blueprint, 1, InstanceJobs.bootstrapRole(blueprint)), Resource.JOBS);
    objects.put(InstanceJobs.desired(blueprint, 2, "join"), Resource.JOBS);
    for (var claim : InstanceStorage.claims(blueprint, blueprint.name() + "-1")) {
      objects.put(
          InstanceStorage.desired(blueprint, 1, claim, "ready", "primary", null),
          Resource.PERSISTENT_VOLUME_CLAIMS);
    }
    return objects;
  }

  @Test
  void yieldObjectsThatTheApiServerTakes(@TempDir Path scratch) throws IOException {
    String real = System.getProperty("corpus.kubeconfig", "");
    try (var server = ThrowawayServer.start();
        var client = Connection.open(real.isEmpty() ? server.kubeconfig() : Path.of(real))) {
      Installed.into(client, scratch);
      client.create(Resource.NAMESPACES, Json.object(Resource.NAMESPACES, "", NAMESPACE));
      priorityClass(client);
      var softly = new SoftAssertions();
      int worked = 0;
      for (ObjectNode cluster : clusters()) {
        Optional<Blueprint> blueprint = blueprint(cluster);
        if (blueprint.isPresent()) {
          worked++;
          account(client, blueprint.get().serviceAccount());
          objects(cluster, blueprint.get())
              .forEach((object, resource) ->
                  softly
                      .assertThat(refusal(client, resource, object))
                      .as(about(cluster))
                      .isEmpty());
        }
      }
      softly.assertAll();
      assertThat(worked).isGreaterThan(TRIED / 4);
      client.delete(Resource.NAMESPACES, "", NAMESPACE, DeleteOptions.DEFAULT);
    }
  }

  private static String about(ObjectNode cluster) {
    return cluster.path("spec").toString();
  }

  /// A server asks for it before it takes a pod that names it.
  private static void priorityClass(KubeClient client) {
    var resource =
        new Resource("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false);
    client.apply(resource, Json.object(resource, "", "databases").put("value", 1000), "test", true);
  }

  private static void account(KubeClient client, String name) {
    if (client.find(Resource.SERVICE_ACCOUNTS, NAMESPACE, name).isEmpty()) {
      client.create(
          Resource.SERVICE_ACCOUNTS, Json.object(Resource.SERVICE_ACCOUNTS, NAMESPACE, name));
    }
  }

  private static String refusal(KubeClient client, Resource resource, ObjectNode object) {
    String root =
        resource.group().isEmpty()
            ? "/api/" + resource.version()
            : "/apis/" + resource.apiVersion();
    try {
      client.request(
          "POST",
          root + "/namespaces/" + NAMESPACE + "/" + resource.plural(),
          Map.of("dryRun", "All", "fieldValidation", "Strict"),
          object);
      return "";
    } catch (KubeException e) {
      return e.isAlreadyExists()
          ? ""
          : resource.kind() + " " + Json.name(object) + ": " + e.getMessage();
    }
  }

  /// To write down what would be filled in anyway changes nothing, so nothing happens.
  @Test
  void leadToNothingWhenTheirDefaultsAreSpelledOut() {
    var softly = new SoftAssertions();
    for (ObjectNode cluster : clusters()) {
      ObjectNode live = cluster.deepCopy();
      live.withObject("/metadata").put("generation", 1);
      var situation = new Situation(live, List.of(), Map.of(), List.of(), Set.of("Secret"), NOW);

      Forecast forecast = Forecaster.of(situation, Defaults.apply(cluster));

      softly.assertThat(forecast.steps()).as(about(cluster)).isEmpty();
      softly.assertThat(forecast.parameters()).as(about(cluster)).isEmpty();
    }
    softly.assertAll();
  }

  @Test
  void areDefaultedOnceAndForAll() {
    assertThat(clusters())
        .allSatisfy(cluster -> {
          ObjectNode once = Defaults.apply(cluster);
          assertThat(Defaults.apply(once)).isEqualTo(once);
          assertThat(Validation.of(once, null)).noneMatch(Finding::isError);
          assertThat(Kind.of(once.path("apiVersion").asText(), "Cluster")).isPresent();
        });
  }
}
