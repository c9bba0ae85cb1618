// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/// The Role of the instances, which names every object they may touch, and its RoleBinding.
public final class InstanceRoles {
  private static final String POSTGRESQL = "postgresql.cnpg.io";
  private static final String HOWDAH = "howdah.dev";

  private InstanceRoles() {}

  /// The Services for writes are led to a new primary by itself.
  ///
  /// @param instances names of the pods, whose labels the primary keeps in step with its role, and
  ///   of the claims of their data, whose UIDs tell a volume from its copy
  /// @param secrets names of the Secrets they may read
  public static ObjectNode role(
      Blueprint blueprint, Collection<String> instances, Set<String> secrets) {
    ObjectNode object =
        blueprint.object(
            Resource.ROLES, blueprint.name(), blueprint.labels(), blueprint.annotations());
    var self = List.of(blueprint.name());
    ArrayNode rules =
        Tree.list(
            rule("", "configmaps", SecretNames.configMaps(blueprint), "get"),
            rule("", "secrets", secrets, "get"),
            rule(POSTGRESQL, "clusters", self, "get", "watch"),
            rule(POSTGRESQL, "clusters/status", self, "patch"),
            rule("coordination.k8s.io", "leases", self, "get", "watch", "update"),
            rule(POSTGRESQL, "failoverquorums/status", self, "patch"),
            rule("", "services", Services.forWrites(blueprint), "get", "patch"));
    if (!instances.isEmpty()) {
      rules.add(rule("", "pods", instances.stream().sorted().toList(), "get", "patch"));
      rules.add(rule("", "persistentvolumeclaims", instances.stream().sorted().toList(), "get"));
    }
    rules.add(rule(POSTGRESQL, "backups", List.of(), "list", "get", "watch", "delete"));
    rules.add(rule(POSTGRESQL, "backups/status", List.of(), "patch"));
    rules.add(rule(HOWDAH, "restores", List.of(), "get"));
    rules.add(rule(HOWDAH, "restores/status", List.of(), "patch"));
    rules.add(rule(HOWDAH, "databaserestores", List.of(), "get", "list", "watch"));
    rules.add(rule(HOWDAH, "databaserestores/status", List.of(), "patch"));
    rules.add(rule("barmancloud.cnpg.io", "objectstores", List.of(), "get"));
    InstanceStorage.snapshotOfData(blueprint)
        .ifPresent(name ->
            rules.add(rule("snapshot.storage.k8s.io", "volumesnapshots", List.of(name), "get")));
    rules.add(rule("", "events", List.of(), "create", "patch"));
    for (String kind : List.of("databases", "publications", "subscriptions", "databaseroles")) {
      rules.add(rule(POSTGRESQL, kind, List.of(), "list", "watch", "patch"));
      rules.add(rule(POSTGRESQL, kind + "/status", List.of(), "patch"));
    }
    object.set("rules", rules);
    return object;
  }

  private static ObjectNode rule(
      String group, String resource, Collection<String> names, String... verbs) {
    ObjectNode rule = Json.object();
    rule.set("apiGroups", Tree.list(group));
    rule.set("resources", Tree.list(resource));
    if (!names.isEmpty()) {
      rule.set("resourceNames", Tree.listOf(names));
    }
    rule.set("verbs", Tree.listOf(List.of(verbs)));
    return rule;
  }

  /// Gives the Role to the instances' ServiceAccount.
  public static ObjectNode binding(Blueprint blueprint) {
    ObjectNode object =
        blueprint.object(
            Resource.ROLE_BINDINGS, blueprint.name(), blueprint.labels(), blueprint.annotations());
    object.set(
        "roleRef",
        Tree.map(
            "apiGroup", "rbac.authorization.k8s.io", "kind", "Role", "name", blueprint.name()));
    object.set(
        "subjects",
        Tree.list(
            Tree.map(
                "kind", "ServiceAccount",
                "name", blueprint.serviceAccount(),
                "namespace", blueprint.namespace())));
    return object;
  }
}
