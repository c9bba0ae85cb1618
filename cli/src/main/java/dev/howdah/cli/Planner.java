// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.rules.Defaults;
import dev.howdah.api.validate.Validation;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.forecast.Forecast;
import dev.howdah.operator.forecast.Forecaster;
import dev.howdah.operator.forecast.ImaginedWorld;
import dev.howdah.operator.forecast.Situation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds out what applying manifests would do. The server judges each object in a dry run; what a
/// Cluster would then go through is played through with the operator's decisions.
final class Planner {

  private final KubeClient client;
  private final Discovery discovery;
  private final InstanceStatus instances;

  Planner(KubeClient client, InstanceStatus instances) {
    this.client = client;
    this.discovery = new Discovery(client);
    this.instances = instances;
  }

  /// @param namespace of objects that name none
  List<Prospect> plan(Manifests manifests, String namespace) {
    var objects = new ArrayList<ObjectNode>();
    for (var object : manifests.objects()) {
      var placed = object.deepCopy();
      if (discovery.resource(object).namespaced() && Json.namespace(placed).isEmpty()) {
        placed.withObject("/metadata").put("namespace", namespace);
      }
      objects.add(placed);
    }
    return objects.stream().map(object -> plan(object, objects)).toList();
  }

  private Prospect plan(ObjectNode object, List<ObjectNode> all) {
    var resource = discovery.resource(object);
    if (Json.name(object).isEmpty()) {
      return Prospect.refused(
          object, List.of("metadata.name: Required value: missing; write the object's name"));
    }
    var live = client.find(resource, Json.namespace(object), Json.name(object)).orElse(null);
    ObjectNode stored;
    try {
      stored = tried(resource, object, live);
    } catch (KubeException e) {
      if (e.code() == 0 || e.isForbidden()) {
        throw e;
      }
      return Prospect.refused(object, problems(object, live, e));
    }
    // a server without our webhooks lets pass what the operator then refuses
    var findings = Validation.of(stored, live);
    var problems = findings.stream().filter(Finding::isError).map(Finding::message).toList();
    if (!problems.isEmpty()) {
      return Prospect.refused(object, problems);
    }
    return prospect(object, live, stored, all, findings);
  }

  private Prospect prospect(
      ObjectNode object,
      @Nullable ObjectNode live,
      ObjectNode stored,
      List<ObjectNode> all,
      List<Finding> findings) {
    List<FieldDiff.Change> fields = live == null ? List.of() : FieldDiff.between(live, stored);
    var verdict =
        live == null
            ? Prospect.Verdict.CREATE
            : fields.isEmpty() ? Prospect.Verdict.UNCHANGED : Prospect.Verdict.CHANGE;
    if (!isCluster(object)) {
      return new Prospect(object, verdict, List.of(), fields, List.of(), null);
    }
    var situation = new ClusterSituation(client, instances, all).read(live, stored);
    var forecast = Forecaster.of(situation, stored);
    return forecast.refused().isEmpty()
        ? new Prospect(
            object,
            verdict,
            List.of(),
            fields,
            Forecaster.underWay(situation),
            warned(forecast, findings))
        : Prospect.refused(object, List.of(forecast.refused()));
  }

  /// The object as it would be stored.
  private ObjectNode tried(Resource resource, ObjectNode object, @Nullable ObjectNode live) {
    if (live == null) {
      return withoutServer(resource, object);
    }
    var last = KubectlMerge.last(live);
    return last.isPresent()
        ? client.tryUpdate(resource, KubectlMerge.merged(live, last.get(), object))
        : client.tryApply(resource, object, KubectlMerge.FIELD_MANAGER, true);
  }

  /// A namespace that doesn't exist yet keeps a server from judging what would be in it.
  private ObjectNode withoutServer(Resource resource, ObjectNode object) {
    boolean judged =
        !resource.namespaced()
            || client.find(Resource.NAMESPACES, "", Json.namespace(object)).isPresent();
    return judged
        ? client.tryApply(resource, object, KubectlMerge.FIELD_MANAGER, true)
        : Defaults.apply(object);
  }

  /// A server names the first kind of problem that it finds; of kinds that we know, all are named.
  private static List<String> problems(
      ObjectNode object, @Nullable ObjectNode live, KubeException e) {
    var whole = live == null ? object : KubectlMerge.merged(live, Json.object(), object);
    var ours =
        Validation.of(whole, live).stream().filter(Finding::isError).map(Finding::message).toList();
    return ours.isEmpty() ? problems(e) : ours;
  }

  private static List<String> problems(KubeException e) {
    var problems = new ArrayList<String>();
    for (var cause : e.details().path("causes")) {
      var field = cause.path("field").asText("");
      problems.add((field.isEmpty() ? "" : field + ": ") + cause.path("message").asText());
    }
    return problems.isEmpty() ? List.of(String.valueOf(e.getMessage())) : problems;
  }

  private static Forecast warned(Forecast forecast, List<Finding> findings) {
    var warnings = new ArrayList<>(findings.stream().map(Finding::message).toList());
    forecast.warnings().stream()
        .filter(w -> warnings.stream().noneMatch(w::endsWith))
        .forEach(warnings::add);
    return new Forecast(
        forecast.refused(),
        forecast.steps(),
        forecast.parameters(),
        warnings,
        forecast.phase(),
        forecast.phaseReason());
  }

  private static boolean isCluster(ObjectNode object) {
    return object.path("kind").asText().equals("Cluster")
        && object.path("apiVersion").asText().equals(Resource.CLUSTERS.apiVersion());
  }

  /// The same for a server that has nothing yet, without asking one.
  static List<Prospect> onEmptyServer(Manifests manifests, String namespace) {
    var prospects = new ArrayList<Prospect>();
    for (var object : manifests.objects()) {
      var placed = object.deepCopy();
      boolean namespaced =
          Kind.of(object.path("apiVersion").asText(), object.path("kind").asText())
              .map(Kind::namespaced)
              .orElse(object.path("kind").asText().equals("Secret"));
      if (namespaced && Json.namespace(placed).isEmpty()) {
        placed.withObject("/metadata").put("namespace", namespace);
      }
      var findings = Validation.of(placed, null);
      var problems = findings.stream().filter(Finding::isError).map(Finding::message).toList();
      if (!problems.isEmpty()) {
        prospects.add(Prospect.refused(placed, problems));
        continue;
      }
      Forecast forecast = null;
      if (isCluster(placed)) {
        var nothing = Situation.empty(Instant.now());
        var files =
            new Situation(
                null,
                manifests.objects().stream()
                    .filter(o -> o.path("kind").asText().equals("Secret"))
                    .map(o -> ImaginedWorld.stored(o.deepCopy()))
                    .toList(),
                nothing.reports(),
                List.copyOf(manifests.objects()),
                nothing.unread(),
                nothing.now());
        forecast = warned(Forecaster.of(files, Defaults.apply(placed)), findings);
        if (!forecast.refused().isEmpty()) {
          prospects.add(Prospect.refused(placed, List.of(forecast.refused())));
          continue;
        }
      }
      prospects.add(
          new Prospect(placed, Prospect.Verdict.CREATE, List.of(), List.of(), List.of(), forecast));
    }
    return prospects;
  }
}
