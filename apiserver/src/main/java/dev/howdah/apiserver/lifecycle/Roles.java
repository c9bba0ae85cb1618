// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.resource.LabelSelector;
import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.schema.JsonValues;
import dev.howdah.apiserver.store.Change;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Writer;
import java.util.List;
import java.util.Objects;

/// Creates the default roles, and adds up the rules of ClusterRoles that are made of others.
final class Roles {
  private static final String GROUP = "rbac.authorization.k8s.io";
  private static final GroupResource ROLES = new GroupResource(GROUP, "clusterroles");
  private static final GroupResource BINDINGS = new GroupResource(GROUP, "clusterrolebindings");

  private final Store store;
  private final ResourceTypes types;
  private final Writer writer;
  private final Worker worker;

  Roles(Store store, ResourceTypes types, Writer writer, Worker worker) {
    this.store = store;
    this.types = types;
    this.writer = writer;
    this.worker = worker;
  }

  void bootstrap() {
    BootstrapRoles.roles().forEach(role -> ensure(ROLES, role));
    BootstrapRoles.bindings().forEach(binding -> ensure(BINDINGS, binding));
    // From the innermost sum outwards: view is part of edit, edit of admin.
    List.of("view", "edit", "admin").forEach(this::sum);
  }

  private ResourceType type(GroupResource name) {
    return Objects.requireNonNull(types.any(name.group(), name.resource()));
  }

  private void ensure(GroupResource type, ObjectNode object) {
    var name = Meta.name(object);
    if (store.get(type, new Key("", name)) == null) {
      writer.create(Call.internal(type(type), "", name), object, List.of());
    }
  }

  void start() {
    store.onChange(this::note);
  }

  private void note(Change change) {
    if (change.object().type().equals(ROLES)) {
      worker.submit(ROLES, this::sumAll);
    }
  }

  private void sumAll() {
    for (var role : store.list(ROLES, "").objects()) {
      sum(role.key().name());
    }
  }

  private void sum(String name) {
    var role = store.get(ROLES, new Key("", name));
    if (role == null) {
      return;
    }
    var tree = role.tree();
    var selectors = tree.path("aggregationRule").path("clusterRoleSelectors");
    if (selectors.isEmpty()) {
      return;
    }
    var rules = Json.object().putArray("rules");
    for (var selector : selectors) {
      var labels = LabelSelector.of(selector);
      for (var other : store.list(ROLES, "").objects()) {
        if (!other.key().name().equals(name) && labels.matches(other.labels())) {
          addAll(rules, other.tree());
        }
      }
    }
    if (!JsonValues.same(rules, tree.path("rules"))) {
      writer.patch(
          Call.internal(type(ROLES), "", name),
          live -> {
            live.set("rules", rules);
            return live;
          });
    }
  }

  private static void addAll(ArrayNode rules, ObjectNode role) {
    for (var rule : role.path("rules")) {
      if (rules.valueStream().noneMatch(rule::equals)) {
        rules.add(rule);
      }
    }
  }
}
