// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.request.DeleteOptions.Propagation;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.Change;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Writer;
import java.util.Objects;

/// Deletes the custom resources of a definition that is deleted, and then lets the definition go.
final class Definitions {
  private static final GroupResource DEFINITIONS =
      new GroupResource("apiextensions.k8s.io", "customresourcedefinitions");
  private static final String CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

  private record CleanUp(String definition) {}

  private final Store store;
  private final ResourceTypes types;
  private final Writer writer;
  private final Worker worker;

  Definitions(Store store, ResourceTypes types, Writer writer, Worker worker) {
    this.store = store;
    this.types = types;
    this.writer = writer;
    this.worker = worker;
  }

  void start() {
    store.onChange(this::note);
    store.list(DEFINITIONS, "").objects().forEach(d -> consider(d.tree()));
  }

  private void note(Change change) {
    if (change.object().type().equals(DEFINITIONS)) {
      if (change.kind() != Change.Kind.DELETED) {
        consider(change.object().tree());
      }
    } else if (change.kind() == Change.Kind.DELETED) {
      var definition = store.get(DEFINITIONS, new Key("", change.object().type().toString()));
      if (definition != null) {
        consider(definition.tree());
      }
    }
  }

  private void consider(ObjectNode definition) {
    if (Meta.deleting(definition) && Meta.finalizers(definition).contains(CLEANUP)) {
      var name = Meta.name(definition);
      worker.submit(new CleanUp(name), () -> cleanUp(name));
    }
  }

  private void cleanUp(String name) {
    var definition = store.get(DEFINITIONS, new Key("", name));
    if (definition == null || !Meta.deleting(definition.tree())) {
      return;
    }
    var spec = definition.tree().path("spec");
    var type =
        new GroupResource(spec.path("group").asText(), spec.path("names").path("plural").asText());
    for (var object : store.list(type, "").objects()) {
      writer.deleter().deleteInternally(object, Propagation.BACKGROUND);
    }
    if (!store.list(type, "").objects().isEmpty()) {
      return;
    }
    var definitions =
        Objects.requireNonNull(types.any(DEFINITIONS.group(), DEFINITIONS.resource()));
    writer.patch(
        Call.internal(definitions, "", name),
        live -> {
          var left = Meta.finalizers(live);
          left.remove(CLEANUP);
          Meta.setFinalizers(live, left);
          return live;
        });
  }
}
