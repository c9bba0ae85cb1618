// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.User;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Evaluates roles and their bindings as they are stored.
public final class Rbac {
  /// The group of all types here.
  public static final String GROUP = "rbac.authorization.k8s.io";

  static final GroupResource ROLES = new GroupResource(GROUP, "roles");
  static final GroupResource CLUSTER_ROLES = new GroupResource(GROUP, "clusterroles");
  static final GroupResource BINDINGS = new GroupResource(GROUP, "rolebindings");
  static final GroupResource CLUSTER_BINDINGS = new GroupResource(GROUP, "clusterrolebindings");
  private static final Set<GroupResource> TYPES =
      Set.of(ROLES, CLUSTER_ROLES, BINDINGS, CLUSTER_BINDINGS);

  // A role bound to somebody; the namespace is empty for the whole cluster.
  private record Grant(String namespace, List<Rule> rules) {}

  // What everybody (`User name`, `Group name`) was granted, as of a change.
  private record Index(long changes, Map<String, List<Grant>> grants) {}

  private final Store store;
  private volatile long changes;
  private volatile @Nullable Index index;

  public Rbac(Store store) {
    this.store = store;
    store.onChange(change -> {
      if (TYPES.contains(change.object().type())) {
        changes = change.revision();
      }
    });
  }

  /// Whether somebody may do something.
  public boolean allows(Access access) {
    if (access.user().in(User.MASTERS)) {
      return true;
    }
    for (var rule : rulesOf(access.user(), access.namespace())) {
      if (rule.allows(access)) {
        return true;
      }
    }
    return false;
  }

  /// All rules that hold for a user in a namespace, or (empty) in the whole cluster.
  public List<Rule> rulesOf(User user, String namespace) {
    var all = index();
    var rules = new ArrayList<Rule>();
    if (user.in(User.MASTERS)) {
      var any = List.of("*");
      rules.add(new Rule(any, any, any, List.of(), List.of()));
      rules.add(new Rule(any, List.of(), List.of(), List.of(), any));
    }
    collect(all.get("User " + user.name()), namespace, rules);
    for (var group : user.groups()) {
      collect(all.get("Group " + group), namespace, rules);
    }
    return rules;
  }

  private static void collect(@Nullable List<Grant> granted, String namespace, List<Rule> rules) {
    if (granted != null) {
      for (var grant : granted) {
        if (grant.namespace().isEmpty() || grant.namespace().equals(namespace)) {
          rules.addAll(grant.rules());
        }
      }
    }
  }

  private Map<String, List<Grant>> index() {
    while (true) {
      var known = index;
      var now = changes;
      if (known != null && known.changes() == now) {
        return known.grants();
      }
      var made = new HashMap<String, List<Grant>>();
      store.list(CLUSTER_BINDINGS, "").objects().forEach(b -> add(made, "", b.tree()));
      store.list(BINDINGS, "").objects().forEach(b -> add(made, b.key().namespace(), b.tree()));
      index = new Index(now, made);
    }
  }

  private void add(Map<String, List<Grant>> index, String namespace, ObjectNode binding) {
    var rules = rules(binding.path("roleRef"), namespace);
    for (var subject : binding.path("subjects")) {
      index
          .computeIfAbsent(subjectKey(subject, namespace), _ -> new ArrayList<>())
          .add(new Grant(namespace, rules));
    }
  }

  private static String subjectKey(JsonNode subject, String namespace) {
    var name = subject.path("name").asText();
    return subject.path("kind").asText().equals("ServiceAccount")
        ? "User system:serviceaccount:%s:%s"
            .formatted(subject.path("namespace").asText(namespace), name)
        : subject.path("kind").asText() + " " + name;
  }

  /// The rules of the role that a binding in a namespace (or the cluster) refers to; none if there
  /// is no such role.
  public List<Rule> rules(JsonNode roleRef, String namespace) {
    var name = roleRef.path("name").asText();
    var role =
        roleRef.path("kind").asText().equals("ClusterRole")
            ? store.get(CLUSTER_ROLES, new Key("", name))
            : store.get(ROLES, new Key(namespace, name));
    return role == null ? List.of() : Rule.listOf(role.tree().path("rules"));
  }

  /// The parts of some rules that a user does not have, and so must not hand out.
  public List<Rule> missing(User user, String namespace, List<Rule> wanted) {
    var own = rulesOf(user, namespace);
    return wanted.stream()
        .flatMap(rule -> rule.parts().stream())
        .filter(part -> own.stream().noneMatch(rule -> rule.covers(part)))
        .toList();
  }
}
