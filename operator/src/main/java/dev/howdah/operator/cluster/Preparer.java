// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.catalog.CatalogReference;
import dev.howdah.api.catalog.ImageResolution;
import dev.howdah.api.cluster.ClusterSpec;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.EventReasons;
import dev.howdah.api.names.Phases;
import dev.howdah.api.rules.DefaultSettings;
import dev.howdah.api.rules.Defaults;
import dev.howdah.api.rules.Rules;
import dev.howdah.api.support.UnsupportedFields;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.InstancePod;
import dev.howdah.operator.cluster.desired.ManagerOffer;
import dev.howdah.operator.cluster.desired.OperandImage;
import dev.howdah.operator.cluster.observed.Meta;
import dev.howdah.operator.cluster.observed.ObservedCluster;
import dev.howdah.operator.cluster.plan.Note;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Fills in defaults, judges the definition, resolves the image: what must be done before anything
/// can be decided. The answer to the last question about each Cluster is kept.
public final class Preparer {
  private final OperatorSettings settings;
  private final ManagerOffer offer;
  private final DefaultSettings defaults;
  private final Function<CatalogReference, Optional<JsonNode>> catalogs;
  private final Map<Key, Answer> answers = new ConcurrentHashMap<>();

  /// What a preparation depends on; catalogs are trees that are replaced, never changed.
  private record Question(
      String uid,
      long generation,
      Map<String, String> labels,
      Map<String, String> annotations,
      JsonNode data,
      Optional<JsonNode> catalog) {}

  private record Answer(Question question, Preparation preparation) {}

  /// @param catalogs looks an image catalog up
  public Preparer(
      OperatorSettings settings, Function<CatalogReference, Optional<JsonNode>> catalogs) {
    this(settings, ManagerOffer.NONE, catalogs);
  }

  /// @param offer the instance manager that running pods may be given
  /// @param catalogs looks an image catalog up
  public Preparer(
      OperatorSettings settings,
      ManagerOffer offer,
      Function<CatalogReference, Optional<JsonNode>> catalogs) {
    this.settings = settings;
    this.offer = offer;
    this.catalogs = catalogs;
    this.defaults = new DefaultSettings(settings.postgresImage(), settings.includePlugins());
  }

  /// Prepares one Cluster.
  public Preparation prepare(ObservedCluster cluster) {
    Meta meta = cluster.meta();
    var question =
        new Question(
            meta.uid(),
            cluster.generation(),
            meta.labels(),
            meta.annotations(),
            cluster.status().path("pgDataImageInfo"),
            catalog(cluster));
    Answer known = answers.get(cluster.key());
    if (known != null && known.question.equals(question)) {
      return known.preparation;
    }
    Preparation preparation = answer(cluster);
    answers.put(cluster.key(), new Answer(question, preparation));
    return preparation;
  }

  /// Forgets a Cluster that is gone.
  public void forget(Key cluster) {
    answers.remove(cluster);
  }

  private Optional<JsonNode> catalog(ObservedCluster cluster) {
    JsonNode reference = cluster.spec().path("imageCatalogRef");
    if (!reference.isObject()) {
      return Optional.empty();
    }
    String kind = reference.path("kind").asText("");
    return catalogs.apply(
        new CatalogReference(
            kind,
            kind.equals("ClusterImageCatalog") ? "" : cluster.namespace(),
            reference.path("name").asText("")));
  }

  private Preparation answer(ObservedCluster cluster) {
    ObjectNode tree = tree(cluster);
    var notes = new ArrayList<Note>();
    List<Finding> findings = Rules.check(tree, null, defaults);
    findings.stream().filter(f -> !f.isError()).map(Preparer::note).forEach(notes::add);
    String errors =
        findings.stream()
            .filter(Finding::isError)
            .map(Finding::message)
            .collect(Collectors.joining("; "));
    if (!errors.isEmpty()) {
      return new Preparation.Refused(Phases.INVALID_DEFINITION, errors, notes);
    }
    ClusterSpec spec;
    try {
      spec = ObservedCluster.typed(Defaults.apply(tree, defaults).path("spec"), ClusterSpec.class);
    } catch (IllegalArgumentException e) {
      return new Preparation.Refused(Phases.INVALID_DEFINITION, "spec: " + e.getMessage(), notes);
    }
    List<String> unsupported = UnsupportedFields.of(tree);
    if (!unsupported.isEmpty()) {
      notes.add(
          Note.warning(
              EventReasons.UNSUPPORTED_FIELDS,
              "%s: kept, but without effect in this version of Howdah"
                  .formatted(String.join(", ", unsupported))));
    }
    return switch (ImageResolution.of(tree, catalogs, settings.postgresImage())) {
      case ImageResolution.Unresolved(var reason, var remedy) -> {
        notes.add(Note.warning(EventReasons.DISCOVER_IMAGE, reason + "; " + remedy));
        yield new Preparation.Refused(Phases.INVALID_IMAGE_CATALOG, reason + "; " + remedy, notes);
      }
      case ImageResolution.Resolved(var image, var major, var extensions) ->
          patchable(
              new Blueprint(
                  cluster.meta(),
                  spec,
                  settings,
                  offer,
                  sameMajor(cluster, new OperandImage(image, major, extensions), notes)),
              notes,
              unsupported);
    };
  }

  /// Whether the user's patch of pods applies to the pod that is made here is known only now.
  private static Preparation patchable(
      Blueprint blueprint, List<Note> notes, List<String> unsupported) {
    try {
      InstancePod.desired(blueprint, 1, "");
      return new Preparation.Ready(blueprint, notes, unsupported);
    } catch (IllegalArgumentException e) {
      String reason =
          "metadata.annotations[%s]: the patch doesn't apply to the pod of an instance: %s; correct it, or remove the annotation"
              .formatted(Annotations.POD_PATCH, e.getMessage());
      return new Preparation.Refused(Phases.INVALID_DEFINITION, reason, notes);
    }
  }

  /// Data of one major can't be opened by another: until upgrades are built, the image that fits
  /// the data stays.
  private static OperandImage sameMajor(
      ObservedCluster cluster, OperandImage wanted, List<Note> notes) {
    JsonNode data = cluster.status().path("pgDataImageInfo");
    int major = data.path("majorVersion").asInt(0);
    if (major == 0 || major == wanted.major()) {
      return wanted;
    }
    notes.add(
        Note.warning(
            "MajorUpgradeUnsupported",
            "the data is of PostgreSQL %d and %s is %d: this version of Howdah doesn't upgrade it, and goes on with %s; set the image back"
                .formatted(major, wanted.name(), wanted.major(), data.path("image").asText())));
    return new OperandImage(data.path("image").asText(), major, List.of());
  }

  private static Note note(Finding finding) {
    boolean lenient =
        finding.path().contains("podAffinity")
            || finding.path().contains("podAntiAffinity")
            || finding.path().contains("superuserSecret")
            || finding.path().endsWith(".owner");
    return lenient
        ? Note.warning(EventReasons.LENIENT_READING, finding.message())
        : Note.normal("DefinitionAdvice", finding.message());
  }

  /// As at its creation; but one that has had a primary is not judged by how it should begin.
  private static ObjectNode tree(ObservedCluster cluster) {
    ObjectNode tree = asNew(cluster);
    if (!cluster.status().path("currentPrimary").asText("").isEmpty()) {
      tree.withObject("/metadata").put("resourceVersion", "known");
    }
    return tree;
  }

  private static ObjectNode asNew(ObservedCluster cluster) {
    return Tree.map(
        "apiVersion",
        "postgresql.cnpg.io/v1",
        "kind",
        "Cluster",
        "metadata",
        Tree.map(
            "name",
            cluster.name(),
            "namespace",
            cluster.namespace(),
            "labels",
            cluster.meta().labels(),
            "annotations",
            cluster.meta().annotations()),
        "spec",
        cluster.spec().deepCopy());
  }
}
