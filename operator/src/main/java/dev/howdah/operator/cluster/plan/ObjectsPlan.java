// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.EventReasons;
import dev.howdah.api.names.Phases;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.Budgets;
import dev.howdah.operator.cluster.desired.FailoverQuorumObject;
import dev.howdah.operator.cluster.desired.InstanceRoles;
import dev.howdah.operator.cluster.desired.LeaseObject;
import dev.howdah.operator.cluster.desired.PullSecret;
import dev.howdah.operator.cluster.desired.SecretNames;
import dev.howdah.operator.cluster.desired.ServiceAccounts;
import dev.howdah.operator.cluster.desired.Services;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.Instance;
import dev.howdah.operator.cluster.observed.ObservedObject;
import dev.howdah.operator.tree.Tree;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Services, budgets, account, role, Lease, quorum: what exists beside the instances.
public final class ObjectsPlan {
  private static final Map<String, Resource> PRUNED =
      Map.of(
          "Service", Resource.SERVICES,
          "PodDisruptionBudget", Resource.POD_DISRUPTION_BUDGETS,
          "FailoverQuorum", Resource.FAILOVER_QUORUMS);

  private ObjectsPlan() {}

  /// An object together with its kind.
  public record Wanted(Resource resource, ObjectNode object) {}

  static void decide(ClusterView view, Draft draft) {
    List<Wanted> wanted = wanted(view);
    Set<String> names = new HashSet<>();
    for (Wanted one : wanted) {
      names.add(one.resource.kind() + "/" + Json.name(one.object));
      compare(view, one, draft);
    }
    for (ObservedObject there : view.objects()) {
      Resource resource = PRUNED.get(there.kind());
      if (resource != null
          && there.meta().owner().equals(view.cluster().meta().uid())
          && !names.contains(there.kind() + "/" + there.meta().name())) {
        draft.delete(
            resource,
            there.meta(),
            "",
            Action.Guard.NONE,
            "the Cluster doesn't ask for it any more");
      }
    }
    lease(view, draft);
  }

  /// All objects that are compared and applied.
  public static List<Wanted> wanted(ClusterView view) {
    Set<String> instances = instanceNames(view);
    Set<String> further = secretsOfOthers(view);
    int existing = view.existing().size();
    return view.blueprint()
        .memo()
        .once("objects " + instances + existing + further, () -> made(view, instances, further));
  }

  /// Secrets that the instances read for other objects than the Cluster: declared roles, the
  /// ObjectStores of plugins, the Backup that it is recovered from.
  private static Set<String> secretsOfOthers(ClusterView view) {
    var names = new TreeSet<>(view.storeSecrets());
    for (ObservedObject there : view.objects()) {
      String secret = there.tree().at("/spec/passwordSecret/name").asText("");
      if (there.kind().equals(Resource.DATABASE_ROLES.kind()) && !secret.isEmpty()) {
        names.add(secret);
      }
    }
    return names;
  }

  private static List<Wanted> made(ClusterView view, Set<String> instances, Set<String> further) {
    Blueprint blueprint = view.blueprint();
    var wanted = new ArrayList<Wanted>();
    ServiceAccounts.desired(blueprint, PullSecret.name(blueprint))
        .ifPresent(account -> wanted.add(new Wanted(Resource.SERVICE_ACCOUNTS, account)));
    wanted.add(
        new Wanted(
            Resource.ROLES,
            InstanceRoles.role(blueprint, instances, SecretNames.readable(blueprint, further))));
    wanted.add(new Wanted(Resource.ROLE_BINDINGS, InstanceRoles.binding(blueprint)));
    Services.desired(blueprint)
        .forEach(service -> wanted.add(new Wanted(Resource.SERVICES, service)));
    Budgets.desired(blueprint, view.existing().size())
        .forEach(budget -> wanted.add(new Wanted(Resource.POD_DISRUPTION_BUDGETS, budget)));
    FailoverQuorumObject.desired(blueprint)
        .ifPresent(quorum -> wanted.add(new Wanted(Resource.FAILOVER_QUORUMS, quorum)));
    return wanted;
  }

  /// Those that exist, and those that will: the Role must name them before their pods ask.
  private static Set<String> instanceNames(ClusterView view) {
    var names = new TreeSet<String>();
    view.instances().stream().map(Instance::name).forEach(names::add);
    int least = Math.max(1, view.blueprint().spec().instances());
    for (int serial = 1; serial <= least; serial++) {
      names.add(view.cluster().name() + "-" + serial);
    }
    return names;
  }

  private static void compare(ClusterView view, Wanted one, Draft draft) {
    String name = Json.name(one.object);
    ObservedObject there =
        view.objects().stream()
            .filter(o -> o.kind().equals(one.resource.kind()) && o.meta().name().equals(name))
            .findFirst()
            .orElse(null);
    if (there == null) {
      ObjectNode made = Services.led(one.object, MissingNode.getInstance(), view.holder());
      draft.add(new Action.Apply(one.resource, made, "it is missing"));
      return;
    }
    if (there.meta().deleting()) {
      return;
    }
    if (!there.meta().owner().equals(view.cluster().meta().uid())
        && !there.meta().owner().isEmpty()) {
      draft.phase(
          Phases.CANNOT_CREATE_OBJECTS,
          "%s %s exists and belongs to another object; delete it, or give the Cluster another name"
              .formatted(one.resource.kind(), name));
      return;
    }
    String key =
        "same %s/%s %d %s"
            .formatted(
                one.resource.kind(), name, System.identityHashCode(one.object), view.holder());
    if (view.blueprint().memo().agreed(key, there.meta().version())) {
      return;
    }
    ObjectNode wanted = Services.led(one.object, there.tree(), view.holder());
    String lack =
        Tree.firstLack(wanted, there.tree()).orElseGet(() -> Services.lack(wanted, there.tree()));
    if (lack.isEmpty()) {
      view.blueprint().memo().agree(key, there.meta().version());
      return;
    }
    if (replaced(one) && differs(one.object, there.tree())) {
      draft.delete(one.resource, there.meta(), "", Action.Guard.NONE, lack);
    } else {
      draft.add(new Action.Apply(one.resource, wanted, lack));
    }
  }

  /// Whether it isn't as it was asked for. Who is the primary has nothing to do with that.
  private static boolean differs(ObjectNode wanted, ObjectNode there) {
    ObjectNode led = Services.led(wanted, there, "");
    return Tree.firstLack(led.path("spec"), there.path("spec")).isPresent();
  }

  private static boolean replaced(Wanted one) {
    return Json.annotation(one.object, "cnpg.io/updateStrategy").equals("replace");
  }

  private static void lease(ClusterView view, Draft draft) {
    if (view.lease() == null) {
      draft.create(
          Resource.LEASES,
          LeaseObject.desired(view.blueprint()),
          "",
          "the instances elect their primary with it");
      return;
    }
    var meta = view.lease().meta();
    String uid = view.cluster().meta().uid();
    if (meta.owner().equals(uid) || meta.deleting()) {
      return;
    }
    if (!meta.owner().isEmpty()) {
      String message =
          "Lease %s belongs to another object, so the instances can't elect a primary with it;"
              + " delete it, or give the Cluster another name";
      draft.warn(EventReasons.PRIMARY_LEASE_CONFLICT, message.formatted(meta.name()));
      draft.phase(Phases.CANNOT_CREATE_OBJECTS, message.formatted(meta.name()));
      return;
    }
    ObjectNode body = Json.object();
    body.withObject("/metadata").set("ownerReferences", Tree.list(view.blueprint().owner()));
    draft.add(
        new Action.Merge(
            Resource.LEASES, meta, body, "", "it was left behind by an earlier Cluster"));
  }
}
