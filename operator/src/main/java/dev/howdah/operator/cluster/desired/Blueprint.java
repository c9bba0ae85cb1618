// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.cluster.ClusterSpec;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.observed.Meta;
import dev.howdah.operator.tree.Tree;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What all objects of a Cluster are made from: who it is, what it wants, and the operator's
/// settings.
///
/// @param spec with defaults filled in
/// @param offer the instance manager that running pods may be given
public record Blueprint(
    Meta cluster,
    ClusterSpec spec,
    OperatorSettings settings,
    ManagerOffer offer,
    OperandImage image,
    Memo memo) {
  public Blueprint(
      Meta cluster,
      ClusterSpec spec,
      OperatorSettings settings,
      ManagerOffer offer,
      OperandImage image) {
    this(cluster, spec, settings, offer, image, new Memo());
  }

  /// The label that says whose objects these are, and those of [#inheritedLabels].
  public Map<String, String> labels() {
    var labels = new TreeMap<>(inheritedLabels());
    labels.put(Labels.CLUSTER, name());
    return labels;
  }

  /// [#labels] and the five that Kubernetes recommends.
  public Map<String, String> appLabels() {
    Map<String, String> labels = labels();
    labels.put(Labels.APP_MANAGED_BY, Labels.MANAGED_BY);
    labels.put(Labels.APP_NAME, Labels.NAME_POSTGRESQL);
    labels.put(Labels.APP_INSTANCE, name());
    labels.put(Labels.APP_COMPONENT, Labels.COMPONENT_DATABASE);
    labels.put(Labels.APP_VERSION, Integer.toString(image.major()));
    return labels;
  }

  /// The version of the operator, and what is inherited.
  public Map<String, String> annotations() {
    var annotations = new TreeMap<>(inheritedAnnotations());
    annotations.put(Annotations.OPERATOR_VERSION, OperatorSettings.VERSION);
    return annotations;
  }

  /// Labels that every object of the cluster gets: those of the specification, and those of the
  /// Cluster that the operator's settings choose.
  public Map<String, String> inheritedLabels() {
    Map<String, String> inherited = chosen(cluster.labels(), settings.inheritedLabels());
    if (spec.inheritedMetadata() != null) {
      inherited.putAll(spec.inheritedMetadata().labels());
    }
    return inherited;
  }

  /// The same for annotations.
  public Map<String, String> inheritedAnnotations() {
    Map<String, String> inherited = chosen(cluster.annotations(), settings.inheritedAnnotations());
    if (spec.inheritedMetadata() != null) {
      inherited.putAll(spec.inheritedMetadata().annotations());
    }
    return inherited;
  }

  private static Map<String, String> chosen(Map<String, String> all, List<String> patterns) {
    var chosen = new TreeMap<String, String>();
    for (String pattern : patterns) {
      all.forEach((key, value) -> {
        if (matches(pattern, key)) {
          chosen.put(key, value);
        }
      });
    }
    return chosen;
  }

  private static boolean matches(String glob, String key) {
    if (glob.indexOf('*') < 0 && glob.indexOf('?') < 0) {
      return glob.equals(key);
    }
    String regex = Pattern.quote(glob).replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q");
    return key.matches(regex);
  }

  /// An object of the cluster: named, labelled, owned.
  ObjectNode object(
      Resource resource, String name, Map<String, String> labels, Map<String, String> annotations) {
    ObjectNode object = Json.object(resource, namespace(), name);
    ObjectNode metadata = object.withObject("/metadata");
    metadata.set("labels", Tree.of(labels));
    metadata.set("annotations", Tree.of(annotations));
    metadata.set("ownerReferences", Tree.list(owner()));
    return object;
  }

  /// The reference by which objects are deleted with their Cluster.
  public ObjectNode owner() {
    return Tree.map(
        "apiVersion", Resource.CLUSTERS.apiVersion(),
        "kind", Resource.CLUSTERS.kind(),
        "name", cluster.name(),
        "uid", cluster.uid(),
        "controller", true,
        "blockOwnerDeletion", true);
  }

  public String name() {
    return cluster.name();
  }

  public String namespace() {
    return cluster.namespace();
  }

  /// The ServiceAccount of the pods.
  public String serviceAccount() {
    return spec.serviceAccountName() == null ? name() : spec.serviceAccountName();
  }
}
