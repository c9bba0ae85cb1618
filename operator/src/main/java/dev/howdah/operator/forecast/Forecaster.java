// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.forecast;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.catalog.CatalogReference;
import dev.howdah.api.rules.Defaults;
import dev.howdah.kube.Json;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.Preparation;
import dev.howdah.operator.cluster.Preparer;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.cluster.plan.Note;
import dev.howdah.operator.tree.Tree;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.ConfigurationChange;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.config.ServerFacts;
import dev.howdah.postgres.config.ServerPaths;
import dev.howdah.postgres.config.ServerRole;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Says what a change of a Cluster would lead to, by playing it through: the operator decides, an
/// imagined world obeys, instances do what instances do, until nothing is left to decide.
///
/// It is a forecast, not a promise: nothing fails in it, and nobody else acts.
public final class Forecaster {
  private Forecaster() {}

  /// What would happen if `wanted` were the Cluster, apart from what happens anyway.
  ///
  /// @param wanted the Cluster as the server would store it
  public static Forecast of(Situation situation, ObjectNode wanted) {
    Forecast with = play(situation, wanted);
    ObjectNode live = situation.live();
    if (live == null || !with.refused().isEmpty()) {
      return with;
    }
    Set<String> anyway =
        play(situation, live).steps().stream().map(Step::key).collect(Collectors.toSet());
    return new Forecast(
        "",
        with.steps().stream().filter(step -> !anyway.contains(step.key())).toList(),
        with.parameters(),
        with.warnings(),
        with.phase(),
        with.phaseReason());
  }

  /// What happens without any change: what the operator is about to do now.
  public static List<Step> underWay(Situation situation) {
    ObjectNode live = situation.live();
    return live == null ? List.of() : play(situation, live).steps();
  }

  /// What a new Cluster looks like once nothing is left to do about it.
  public static ClusterView healthy(ObjectNode cluster, Instant now) {
    ObjectNode made = Defaults.apply(cluster);
    made.withObject("/metadata").put("uid", "new").put("generation", 1);
    Preparation preparation =
        new Preparer(OperatorSettings.defaults(), _ -> Optional.empty())
            .prepare(ObservedCluster.of(made));
    if (!(preparation instanceof Preparation.Ready ready)) {
      throw new IllegalArgumentException("this Cluster would be refused: " + preparation);
    }
    var world = new ImaginedWorld(made, now);
    new Rehearsal(world, ready.blueprint(), ready.unsupported(), Set.of())
        .perform("", List.of(), List.of());
    return world.view(ready.blueprint(), ready.unsupported());
  }

  private static Forecast play(Situation situation, ObjectNode wanted) {
    ObjectNode live = situation.live();
    ObjectNode cluster = wanted.deepCopy();
    ObjectNode metadata = cluster.withObject("/metadata");
    metadata.put("uid", live == null ? "new" : Json.uid(live));
    if (live != null) {
      cluster.set("status", live.withObject("/status").deepCopy());
    }
    boolean changed = live != null && !wanted.path("spec").equals(live.path("spec"));
    long generation = live == null ? 0 : live.path("metadata").path("generation").asLong(1);
    metadata.put("generation", live == null || changed ? generation + 1 : generation);

    OperatorSettings settings = GuessedSettings.from(situation, wanted);
    Preparation preparation =
        new Preparer(settings, reference -> catalog(situation, reference))
            .prepare(ObservedCluster.of(cluster));
    List<String> said = texts(preparation.notes());
    return switch (preparation) {
      case Preparation.Refused(var phase, var reason, _) ->
          new Forecast(reason, List.of(), List.of(), said, phase, reason);
      case Preparation.Ready(var blueprint, _, var unsupported) -> {
        List<ConfigurationChange> parameters =
            live == null ? List.of() : parameters(live, cluster, blueprint);
        var world = new ImaginedWorld(cluster, situation.now());
        situation.objects().forEach(object -> world.hold(object.deepCopy()));
        world.reports().putAll(situation.reports());
        yield new Rehearsal(world, blueprint, unsupported, situation.unread())
            .perform(live == null ? "" : reloaded(live, cluster, parameters), parameters, said);
      }
    };
  }

  private static List<String> texts(List<Note> notes) {
    return notes.stream().map(note -> note.reason() + ": " + note.message()).toList();
  }

  private static Optional<JsonNode> catalog(Situation situation, CatalogReference reference) {
    return situation.catalogs().stream()
        .filter(c -> c.path("kind").asText().equals(reference.kind()))
        .filter(c -> c.path("metadata").path("name").asText().equals(reference.name()))
        .findFirst();
  }

  // --- PostgreSQL's configuration -----------------------------------------------------------

  private static List<ConfigurationChange> parameters(
      ObjectNode before, ObjectNode after, Blueprint blueprint) {
    int major = blueprint.image().major();
    return ConfigurationChange.between(
        configuration(before, major), configuration(after, major), major);
  }

  private static ServerConfiguration configuration(ObjectNode cluster, int major) {
    var facts =
        ServerFacts.of(
            Json.name(cluster) + "-1",
            ServerRole.PRIMARY,
            ServerPaths.container(),
            "*",
            "postgres");
    return ServerConfiguration.of(ClusterSettings.fromJson(cluster), major, facts);
  }

  /// Fields besides parameters that running servers follow.
  private static final List<String> FOLLOWED =
      List.of(
          "/spec/postgresql/synchronous",
          "/spec/minSyncReplicas",
          "/spec/maxSyncReplicas",
          "/spec/replicationSlots");

  /// Why servers read their configuration anew; empty when they don't.
  private static String reloaded(
      ObjectNode before, ObjectNode after, List<ConfigurationChange> parameters) {
    Set<String> names = new HashSet<>();
    parameters.forEach(change -> names.add(change.name()));
    for (String field : FOLLOWED) {
      if (Tree.firstLack(after.at(field), before.at(field)).isPresent()
          || Tree.firstLack(before.at(field), after.at(field)).isPresent()) {
        names.add(field.substring(1).replace('/', '.'));
      }
    }
    return names.stream().sorted().collect(Collectors.joining(", "));
  }
}
