// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Finalizers;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Lets go of what was declared in a Cluster that is no more: nobody is left who could take it out
/// of PostgreSQL, so nothing shall wait for that.
final class Orphans {
  private static final Map<Resource, String> KINDS =
      Map.of(
          Resource.DATABASES, Finalizers.DATABASE,
          Resource.DATABASE_ROLES, Finalizers.ROLE,
          Resource.PUBLICATIONS, Finalizers.PUBLICATION,
          Resource.SUBSCRIPTIONS, Finalizers.SUBSCRIPTION);

  private final KubeClient client;
  private final Set<Key> released = ConcurrentHashMap.newKeySet();

  Orphans(KubeClient client) {
    this.client = client;
  }

  /// The Cluster lives.
  void keep(Key cluster) {
    released.remove(cluster);
  }

  /// The Cluster is being deleted, or gone.
  ///
  /// @return false: something has changed meanwhile, try again
  boolean release(Key cluster) {
    if (released.contains(cluster)) {
      return true;
    }
    boolean done = true;
    for (Map.Entry<Resource, String> kind : KINDS.entrySet()) {
      try {
        for (ObjectNode object :
            client.list(kind.getKey(), cluster.namespace(), Selection.ALL).items()) {
          if (object.at("/spec/cluster/name").asText("").equals(cluster.name())) {
            done &= release(kind.getKey(), kind.getValue(), object);
          }
        }
      } catch (KubeException e) {
        if (!e.isForbidden() && !e.isNotFound()) {
          throw e;
        }
      }
    }
    if (done) {
      released.add(cluster);
    }
    return done;
  }

  /// False: it has changed meanwhile. One that is gone meanwhile is let go: others of its kind
  /// aren't yet.
  private boolean release(Resource resource, String finalizer, ObjectNode object) {
    try {
      letGo(resource, finalizer, object);
      return true;
    } catch (KubeException e) {
      if (!e.isConflict() && !e.isNotFound()) {
        throw e;
      }
      return e.isNotFound();
    }
  }

  private void letGo(Resource resource, String finalizer, ObjectNode object) {
    ArrayNode others = Tree.list();
    boolean held = false;
    for (JsonNode there : object.at("/metadata/finalizers")) {
      if (there.asText().equals(finalizer)) {
        held = true;
      } else {
        others.add(there.asText());
      }
    }
    if (!held) {
      return;
    }
    ObjectNode status =
        Tree.map(
            "applied",
            false,
            "observedGeneration",
            0,
            "message",
            "cluster resource has been deleted, skipping reconciliation");
    client.patchStatus(
        resource,
        Json.namespace(object),
        Json.name(object),
        new Patch.Merge(Tree.map("status", status)));
    client.merge(
        resource,
        Json.namespace(object),
        Json.name(object),
        Tree.map("metadata", Tree.map("finalizers", others)));
  }
}
