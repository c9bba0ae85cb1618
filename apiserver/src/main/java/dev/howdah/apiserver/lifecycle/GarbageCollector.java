// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.lifecycle.Ownership.Place;
import dev.howdah.apiserver.request.DeleteOptions.Propagation;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.Change;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.store.Stored;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Writer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/// Deletes objects whose owners are gone, and lets owners go that wait for their dependents.
final class GarbageCollector {
  private static final byte[] DELETING =
      "\"deletionTimestamp\"".getBytes(StandardCharsets.US_ASCII);

  private record Look(Place at) {}

  private record Owner(Place at) {}

  private final Store store;
  private final ResourceTypes types;
  private final Writer writer;
  private final Worker worker;
  private final Ownership ownership = new Ownership();

  GarbageCollector(Store store, ResourceTypes types, Writer writer, Worker worker) {
    this.store = store;
    this.types = types;
    this.writer = writer;
    this.worker = worker;
  }

  /// Looks at all there is; changes that come in the meantime are noted too.
  void start() {
    store.onChange(this::note);
    for (var type : store.types()) {
      for (var object : store.list(type, "").objects()) {
        ownership.note(object);
      }
    }
    for (var type : store.types()) {
      for (var object : store.list(type, "").objects()) {
        consider(object);
      }
    }
  }

  private void note(Change change) {
    ownership.note(change);
    if (change.kind() == Change.Kind.DELETED) {
      ownership.dependentsOf(change.object().uid()).forEach(this::look);
      for (var uid : Ownership.ownersOf(change.object())) {
        owners(change.object(), uid);
      }
    } else {
      consider(change.object());
    }
  }

  private void consider(Stored object) {
    if (!Ownership.ownersOf(object).isEmpty()) {
      look(Place.of(object));
    }
    if (Ownership.mentions(object.json(), DELETING)) {
      waitingOwner(Place.of(object));
    }
  }

  private void look(Place place) {
    worker.submit(new Look(place), () -> collect(place));
  }

  private void waitingOwner(Place place) {
    worker.submit(new Owner(place), () -> release(place));
  }

  // A dependent is gone: perhaps an owner waited for it.
  private void owners(Stored dependent, String uid) {
    for (var owner : Meta.owners(dependent.tree())) {
      if (Ownership.uid(owner).equals(uid)) {
        var place = place(owner, dependent.key().namespace());
        if (place != null) {
          waitingOwner(place);
        }
      }
    }
  }

  private @org.jspecify.annotations.Nullable Place place(JsonNode owner, String namespace) {
    var type = types.ofKind(owner.path("apiVersion").asText(), owner.path("kind").asText());
    return type == null
        ? null
        : new Place(
            type.storage(),
            new Key(type.namespaced() ? namespace : "", owner.path("name").asText()));
  }

  // Deletes a dependent whose owners are all gone or wait for it.
  private void collect(Place place) {
    var object = store.get(place.type(), place.key());
    if (object == null) {
      return;
    }
    var tree = object.tree();
    var gone = new HashSet<String>();
    var waiting = new HashSet<String>();
    var solid = 0;
    for (var owner : Meta.owners(tree)) {
      switch (state(owner, place)) {
        case SOLID -> solid++;
        case GONE -> gone.add(Ownership.uid(owner));
        case WAITING -> waiting.add(Ownership.uid(owner));
      }
    }
    if (gone.isEmpty() && waiting.isEmpty()) {
      return;
    }
    if (solid > 0) {
      gone.addAll(waiting);
      change(place, live -> Ownership.dropOwners(live, gone));
    } else if (!Meta.deleting(tree)) {
      var foreground = !waiting.isEmpty() && !ownership.dependentsOf(object.uid()).isEmpty();
      writer.deleter().deleteInternally(object, foreground ? Propagation.FOREGROUND : policy(tree));
    }
  }

  private static Propagation policy(ObjectNode tree) {
    var finalizers = Meta.finalizers(tree);
    if (finalizers.contains(Meta.ORPHAN)) {
      return Propagation.ORPHAN;
    }
    return finalizers.contains(Meta.FOREGROUND) ? Propagation.FOREGROUND : Propagation.BACKGROUND;
  }

  private enum OwnerState {
    SOLID,
    GONE,
    WAITING
  }

  private OwnerState state(JsonNode reference, Place dependent) {
    var place = place(reference, dependent.key().namespace());
    if (place == null) {
      return OwnerState.SOLID; // a kind we do not know (any more): not for us to judge
    }
    var owner = store.get(place.type(), place.key());
    if (owner == null || !owner.uid().equals(Ownership.uid(reference))) {
      return OwnerState.GONE;
    }
    if (Ownership.mentions(owner.json(), DELETING)) {
      var tree = owner.tree();
      if (Meta.deleting(tree) && Meta.finalizers(tree).contains(Meta.FOREGROUND)) {
        return OwnerState.WAITING;
      }
    }
    return OwnerState.SOLID;
  }

  // Does for a deleted owner what its finalizers of ours ask for.
  private void release(Place place) {
    var object = store.get(place.type(), place.key());
    if (object == null) {
      return;
    }
    var tree = object.tree();
    if (!Meta.deleting(tree)) {
      return;
    }
    var finalizers = Meta.finalizers(tree);
    if (finalizers.contains(Meta.ORPHAN)) {
      for (var dependent : ownership.dependentsOf(object.uid())) {
        change(dependent, live -> Ownership.dropOwners(live, Set.of(object.uid())));
      }
      dropFinalizer(place, Meta.ORPHAN);
    } else if (finalizers.contains(Meta.FOREGROUND)) {
      var blocked = false;
      for (var dependent : ownership.dependentsOf(object.uid())) {
        blocked |= blocks(dependent, object.uid());
        collect(dependent);
      }
      if (!blocked || ownership.dependentsOf(object.uid()).isEmpty()) {
        dropFinalizer(place, Meta.FOREGROUND);
      }
    }
  }

  private boolean blocks(Place dependent, String owner) {
    var object = store.get(dependent.type(), dependent.key());
    return object != null
        && Meta.owners(object.tree()).stream()
            .anyMatch(
                o -> Ownership.uid(o).equals(owner) && o.path("blockOwnerDeletion").asBoolean());
  }

  private void dropFinalizer(Place place, String finalizer) {
    change(
        place,
        live -> {
          var left = Meta.finalizers(live);
          left.remove(finalizer);
          Meta.setFinalizers(live, left);
        });
  }

  private interface Edit {
    void on(ObjectNode live);
  }

  private void change(Place place, Edit edit) {
    var type = types.any(place.type().group(), place.type().resource());
    if (type == null) {
      return;
    }
    try {
      writer.patch(
          Call.internal(type, place.key().namespace(), place.key().name()),
          live -> {
            edit.on(live);
            return live;
          });
    } catch (ApiException e) {
      if (e.code() != 404) {
        throw e;
      }
    }
  }
}
