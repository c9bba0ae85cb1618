// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.forecast.ImaginedWorld;
import dev.howdah.operator.forecast.Situation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Reads everything that a forecast about a Cluster begins with. It changes nothing, and takes what
/// it may not read to be in order.
final class ClusterSituation {
  private static final List<Resource> LABELLED =
      List.of(
          Resource.PODS,
          Resource.PERSISTENT_VOLUME_CLAIMS,
          Resource.JOBS,
          Resource.SERVICES,
          Resource.SERVICE_ACCOUNTS,
          Resource.ROLES,
          Resource.ROLE_BINDINGS,
          Resource.POD_DISRUPTION_BUDGETS,
          Resource.FAILOVER_QUORUMS,
          Resource.SECRETS);

  private final KubeClient client;
  private final InstanceStatus instances;
  private final List<ObjectNode> fromFiles;
  private final Map<String, ObjectNode> objects = new HashMap<>();
  private final Set<String> unread = new HashSet<>();

  /// @param fromFiles other objects of the files, which will be there too
  ClusterSituation(KubeClient client, InstanceStatus instances, List<ObjectNode> fromFiles) {
    this.client = client;
    this.instances = instances;
    this.fromFiles = fromFiles;
  }

  Situation read(@Nullable ObjectNode live, ObjectNode wanted) {
    var namespace = Json.namespace(wanted);
    var name = Json.name(wanted);
    for (var object : fromFiles) {
      if (object.path("kind").asText().equals("Secret")
          && Json.namespace(object).equals(namespace)) {
        keep(ImaginedWorld.stored(object.deepCopy()));
      }
    }
    for (var resource : LABELLED) {
      try {
        client
            .list(resource, namespace, Selection.labels("cnpg.io/cluster=" + name))
            .items()
            .forEach(this::keep);
      } catch (KubeException e) {
        unreadable(resource, e);
      }
    }
    find(Resource.LEASES, namespace, name);
    roles(namespace, name);
    for (var secret : secretNames(wanted)) {
      find(Resource.SECRETS, namespace, secret);
    }
    nodes();
    return new Situation(
        live,
        List.copyOf(objects.values()),
        live == null ? Map.of() : reports(live),
        catalogs(wanted),
        unread,
        Instant.now());
  }

  private void keep(ObjectNode object) {
    objects.put(object.path("kind").asText() + "/" + Json.name(object), object);
  }

  private void unreadable(Resource resource, KubeException e) {
    if (!e.isForbidden() && !e.isNotFound()) {
      throw e;
    }
    unread.add(resource.kind());
  }

  private void find(Resource resource, String namespace, String name) {
    try {
      client.find(resource, namespace, name).ifPresent(this::keep);
    } catch (KubeException e) {
      unreadable(resource, e);
    }
  }

  private void roles(String namespace, String cluster) {
    try {
      client.list(Resource.DATABASE_ROLES, namespace, Selection.ALL).items().stream()
          .filter(role -> role.at("/spec/cluster/name").asText("").equals(cluster))
          .forEach(this::keep);
    } catch (KubeException e) {
      unreadable(Resource.DATABASE_ROLES, e);
    }
  }

  private void nodes() {
    var names = new TreeSet<String>();
    objects.values().stream()
        .filter(o -> o.path("kind").asText().equals("Pod"))
        .map(o -> o.path("spec").path("nodeName").asText(""))
        .filter(n -> !n.isEmpty())
        .forEach(names::add);
    names.forEach(name -> find(Resource.NODES, "", name));
  }

  /// Secrets that the definition names: values of fields whose name ends in `Secret`.
  private static Set<String> secretNames(ObjectNode cluster) {
    var names = new TreeSet<String>();
    secretNames(cluster.path("spec"), names);
    return names;
  }

  private static void secretNames(JsonNode tree, Set<String> into) {
    for (var field : tree.properties()) {
      var key = field.getKey();
      if (key.equals("secret") || key.endsWith("Secret")) {
        var name = field.getValue().isTextual() ? field.getValue() : field.getValue().path("name");
        if (!name.asText("").isEmpty()) {
          into.add(name.asText());
        }
      }
      secretNames(field.getValue(), into);
    }
    if (tree.isArray()) {
      tree.forEach(entry -> secretNames(entry, into));
    }
  }

  private Map<String, InstanceReport> reports(ObjectNode live) {
    var reports = new HashMap<String, InstanceReport>();
    for (var object : objects.values()) {
      if (object.path("kind").asText().equals("Pod")
          && Json.label(object, "cnpg.io/podRole").equals("instance")) {
        instances
            .of(live, object)
            .ifPresent(answer -> reports.put(Json.uid(object), InstanceReport.of(answer)));
      }
    }
    return reports;
  }

  private List<JsonNode> catalogs(ObjectNode wanted) {
    var reference = wanted.at("/spec/imageCatalogRef");
    var name = reference.path("name").asText("");
    if (name.isEmpty()) {
      return List.of();
    }
    boolean anywhere = reference.path("kind").asText().equals("ClusterImageCatalog");
    var found = new ArrayList<JsonNode>();
    fromFiles.stream()
        .filter(o -> o.path("kind").asText().endsWith("ImageCatalog"))
        .filter(o -> anywhere || Json.namespace(o).equals(Json.namespace(wanted)))
        .forEach(found::add);
    client
        .find(
            anywhere ? Resource.CLUSTER_IMAGE_CATALOGS : Resource.IMAGE_CATALOGS,
            anywhere ? "" : Json.namespace(wanted),
            name)
        .ifPresent(found::add);
    return found;
  }
}
