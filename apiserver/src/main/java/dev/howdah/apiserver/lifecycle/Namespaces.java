// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.request.DeleteOptions.Propagation;
import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.Change;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Writer;
import java.util.List;
import java.util.Objects;

/// Gives every namespace its first objects, and empties those that are deleted.
final class Namespaces {
  private static final GroupResource NAMESPACES = new GroupResource("", "namespaces");
  private static final GroupResource ACCOUNTS = new GroupResource("", "serviceaccounts");
  private static final GroupResource CONFIG_MAPS = new GroupResource("", "configmaps");
  private static final String ROOT_CA = "kube-root-ca.crt";

  private record Furnish(String namespace) {}

  private record Empty(String namespace) {}

  private final Store store;
  private final ResourceTypes types;
  private final Writer writer;
  private final Worker worker;
  private final String authority;

  Namespaces(Store store, ResourceTypes types, Writer writer, Worker worker, String authorityPem) {
    this.store = store;
    this.types = types;
    this.writer = writer;
    this.worker = worker;
    this.authority = authorityPem;
    writer.onCreate(NAMESPACES, namespace -> furnish(Meta.name(namespace)));
  }

  /// Creates a namespace unless it exists.
  void ensure(String name) {
    if (store.get(NAMESPACES, new Key("", name)) == null) {
      create("Namespace", NAMESPACES, "", name, Json.object());
    }
  }

  void start() {
    store.onChange(this::note);
    for (var namespace : store.list(NAMESPACES, "").objects()) {
      furnish(namespace.key().name());
      consider(namespace.tree());
    }
  }

  private void note(Change change) {
    var key = change.object().key();
    if (change.object().type().equals(NAMESPACES)) {
      if (change.kind() != Change.Kind.DELETED) {
        consider(change.object().tree());
      }
      return;
    }
    if (change.kind() == Change.Kind.DELETED && !key.namespace().isEmpty()) {
      var namespace = store.get(NAMESPACES, new Key("", key.namespace()));
      if (namespace != null) {
        consider(namespace.tree());
      }
      if (isFirstObject(change)) {
        worker.submit(new Furnish(key.namespace()), () -> furnish(key.namespace()));
      }
    }
  }

  private static boolean isFirstObject(Change change) {
    var object = change.object();
    return (object.type().equals(ACCOUNTS) && object.key().name().equals("default"))
        || (object.type().equals(CONFIG_MAPS) && object.key().name().equals(ROOT_CA));
  }

  private void consider(ObjectNode namespace) {
    if (Meta.deleting(namespace)) {
      var name = Meta.name(namespace);
      worker.submit(new Empty(name), () -> empty(name));
    }
  }

  private void furnish(String namespace) {
    var found = store.get(NAMESPACES, new Key("", namespace));
    if (found == null || Meta.deleting(found.tree())) {
      return;
    }
    if (store.get(ACCOUNTS, new Key(namespace, "default")) == null) {
      create("ServiceAccount", ACCOUNTS, namespace, "default", Json.object());
    }
    var known = store.get(CONFIG_MAPS, new Key(namespace, ROOT_CA));
    if (known == null) {
      var body = Json.object();
      body.putObject("data").put("ca.crt", authority);
      create("ConfigMap", CONFIG_MAPS, namespace, ROOT_CA, body);
    } else if (!known.tree().path("data").path("ca.crt").asText().equals(authority)) {
      writer.patch(
          Call.internal(type(CONFIG_MAPS), namespace, ROOT_CA),
          live -> {
            live.withObjectProperty("data").put("ca.crt", authority);
            return live;
          });
    }
  }

  private ResourceType type(GroupResource name) {
    return Objects.requireNonNull(types.any(name.group(), name.resource()));
  }

  private void create(
      String kind, GroupResource type, String namespace, String name, ObjectNode body) {
    body.put("apiVersion", "v1").put("kind", kind);
    body.putObject("metadata").put("name", name);
    try {
      writer.create(Call.internal(type(type), namespace, name), body, List.of());
    } catch (ApiException e) {
      if (e.code() != 409) {
        throw e;
      }
    }
  }

  private void empty(String name) {
    var namespace = store.get(NAMESPACES, new Key("", name));
    if (namespace == null || !Meta.deleting(namespace.tree())) {
      return;
    }
    for (var type : store.types()) {
      for (var object : store.list(type, name).objects()) {
        if (!Meta.deleting(object.tree())) {
          writer.deleter().deleteInternally(object, Propagation.BACKGROUND);
        }
      }
    }
    for (var type : store.types()) {
      if (!store.list(type, name).objects().isEmpty()) {
        return; // the deletion of the last one brings us here again
      }
    }
    writer.patch(
        Call.internal(type(NAMESPACES), "", name).through("finalize"),
        live -> {
          live.withObjectProperty("spec").remove("finalizers");
          return live;
        });
  }
}
