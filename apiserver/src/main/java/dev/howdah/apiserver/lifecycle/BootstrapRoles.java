// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import java.util.ArrayList;
import java.util.List;

/// The roles that every cluster begins with, after the table of default roles in the Kubernetes
/// documentation ("Using RBAC Authorization"), for the types that are served here.
final class BootstrapRoles {
  private static final String READ = "get list watch";
  private static final String WRITE = "create delete deletecollection patch update";
  private static final String AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-";

  // group resources verbs, one rule per line
  private static final String VIEW =
      """
      -|configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,pods/log,pods/status,serviceaccounts,services,services/status,events,namespaces,namespaces/status|%1$s
      discovery.k8s.io|endpointslices|%1$s
      apps|daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status|%1$s
      batch|cronjobs,cronjobs/status,jobs,jobs/status|%1$s
      policy|poddisruptionbudgets,poddisruptionbudgets/status|%1$s
      networking.k8s.io|ingresses,ingresses/status,networkpolicies|%1$s
      """
          .formatted(READ);
  private static final String EDIT =
      """
      -|pods/attach,pods/exec,pods/portforward,secrets|%1$s
      -|serviceaccounts|impersonate
      -|pods,pods/attach,pods/exec,pods/portforward,configmaps,persistentvolumeclaims,secrets,serviceaccounts,services,events|%2$s
      -|pods/eviction,serviceaccounts/token|create
      apps|daemonsets,deployments,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale|%2$s
      batch|cronjobs,jobs|%2$s
      policy|poddisruptionbudgets|%2$s
      networking.k8s.io|ingresses,networkpolicies|%2$s
      coordination.k8s.io|leases|%2$s %1$s
      """
          .formatted(READ, WRITE);
  private static final String ADMIN =
      """
      authorization.k8s.io|localsubjectaccessreviews|create
      rbac.authorization.k8s.io|roles,rolebindings|%s %s
      """
          .formatted(READ, WRITE);

  private BootstrapRoles() {}

  /// All ClusterRoles.
  static List<ObjectNode> roles() {
    var roles = new ArrayList<ObjectNode>();
    var all = role("cluster-admin");
    rule(all, "*", "*", "*");
    paths(all, "*", "*");
    roles.add(all);
    roles.add(aggregate("admin", ""));
    roles.add(aggregate("edit", "admin"));
    roles.add(aggregate("view", "edit"));
    roles.add(part("system:aggregate-to-admin", "admin", ADMIN));
    roles.add(part("system:aggregate-to-edit", "edit", EDIT));
    roles.add(part("system:aggregate-to-view", "view", VIEW));
    var basic = role("system:basic-user");
    rule(
        basic,
        "authorization.k8s.io",
        "selfsubjectaccessreviews,selfsubjectrulesreviews",
        "create");
    rule(basic, "authentication.k8s.io", "selfsubjectreviews", "create");
    roles.add(basic);
    var discovery = role("system:discovery");
    paths(
        discovery,
        "/api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/",
        "get");
    roles.add(discovery);
    var open = role("system:public-info-viewer");
    paths(open, "/healthz,/livez,/readyz,/version,/version/", "get");
    roles.add(open);
    var delegator = role("system:auth-delegator");
    rule(delegator, "authentication.k8s.io", "tokenreviews", "create");
    rule(delegator, "authorization.k8s.io", "subjectaccessreviews", "create");
    roles.add(delegator);
    return roles;
  }

  /// All ClusterRoleBindings.
  static List<ObjectNode> bindings() {
    return List.of(
        binding("cluster-admin", "cluster-admin", "system:masters"),
        binding("system:basic-user", "system:basic-user", "system:authenticated"),
        binding("system:discovery", "system:discovery", "system:authenticated"),
        binding(
            "system:public-info-viewer",
            "system:public-info-viewer",
            "system:authenticated",
            "system:unauthenticated"));
  }

  private static ObjectNode object(String kind, String name) {
    var tree = Json.object().put("apiVersion", "rbac.authorization.k8s.io/v1").put("kind", kind);
    var metadata = tree.putObject("metadata").put("name", name);
    metadata.putObject("labels").put("kubernetes.io/bootstrapping", "rbac-defaults");
    metadata.putObject("annotations").put("rbac.authorization.kubernetes.io/autoupdate", "true");
    return tree;
  }

  private static ObjectNode role(String name) {
    var tree = object("ClusterRole", name);
    tree.putArray("rules");
    return tree;
  }

  // A role that is the sum of others, and itself part of a greater one.
  private static ObjectNode aggregate(String name, String into) {
    var tree = role(name);
    if (!into.isEmpty()) {
      labels(tree).put(AGGREGATE + into, "true");
    }
    tree.putObject("aggregationRule")
        .putArray("clusterRoleSelectors")
        .addObject()
        .putObject("matchLabels")
        .put(AGGREGATE + name, "true");
    return tree;
  }

  private static ObjectNode part(String name, String into, String rules) {
    var tree = role(name);
    labels(tree).put(AGGREGATE + into, "true");
    rules
        .lines()
        .map(line -> line.split("\\|"))
        .forEach(f -> rule(tree, f[0].equals("-") ? "" : f[0], f[1], f[2]));
    return tree;
  }

  private static ObjectNode labels(ObjectNode tree) {
    return tree.withObjectProperty("metadata").withObjectProperty("labels");
  }

  private static void rule(ObjectNode role, String group, String resources, String verbs) {
    var rule = ((ArrayNode) role.path("rules")).addObject();
    rule.set("verbs", Json.texts(List.of(verbs.split(" "))));
    rule.set("apiGroups", Json.texts(List.of(group)));
    rule.set("resources", Json.texts(List.of(resources.split(","))));
  }

  private static void paths(ObjectNode role, String paths, String verbs) {
    var rule = ((ArrayNode) role.path("rules")).addObject();
    rule.set("verbs", Json.texts(List.of(verbs.split(" "))));
    rule.set("nonResourceURLs", Json.texts(List.of(paths.split(","))));
  }

  private static ObjectNode binding(String name, String role, String... groups) {
    var tree = object("ClusterRoleBinding", name);
    tree.putObject("roleRef")
        .put("apiGroup", "rbac.authorization.k8s.io")
        .put("kind", "ClusterRole")
        .put("name", role);
    var subjects = tree.putArray("subjects");
    for (var group : groups) {
      subjects
          .addObject()
          .put("apiGroup", "rbac.authorization.k8s.io")
          .put("kind", "Group")
          .put("name", group);
    }
    return tree;
  }
}
