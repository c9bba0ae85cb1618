// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.store.Change;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Stored;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Who owns whom, kept up to date change by change.
final class Ownership {
  /// Where an object is.
  record Place(GroupResource type, Key key) {
    static Place of(Stored object) {
      return new Place(object.type(), object.key());
    }
  }

  private static final byte[] OWNERS = "\"ownerReferences\"".getBytes(StandardCharsets.US_ASCII);
  private final Map<String, Set<Place>> dependents = new HashMap<>();
  private final Map<Place, Set<String>> owners = new HashMap<>();

  /// Notes a change.
  synchronized void note(Change change) {
    var place = Place.of(change.object());
    var gone = change.kind() == Change.Kind.DELETED;
    replace(place, gone ? Set.of() : ownersOf(change.object()));
  }

  /// Notes an object that exists.
  synchronized void note(Stored object) {
    replace(Place.of(object), ownersOf(object));
  }

  private void replace(Place place, Set<String> now) {
    var before = now.isEmpty() ? owners.remove(place) : owners.put(place, now);
    if (before != null) {
      for (var uid : before) {
        var left = dependents.get(uid);
        if (left != null && !now.contains(uid) && left.remove(place) && left.isEmpty()) {
          dependents.remove(uid);
        }
      }
    }
    for (var uid : now) {
      dependents.computeIfAbsent(uid, _ -> new HashSet<>()).add(place);
    }
  }

  /// The dependents of an owner.
  synchronized List<Place> dependentsOf(String uid) {
    return List.copyOf(dependents.getOrDefault(uid, Set.of()));
  }

  /// The UIDs of an object's owners; most objects have none, which is seen without parsing them.
  static Set<String> ownersOf(Stored object) {
    if (!mentions(object.json(), OWNERS)) {
      return Set.of();
    }
    var uids = new HashSet<String>();
    Meta.owners(object.tree()).forEach(o -> uids.add(o.path("uid").asText()));
    return uids;
  }

  /// Whether a JSON text contains some bytes.
  static boolean mentions(byte[] json, byte[] wanted) {
    var last = json.length - wanted.length;
    outer:
    for (var i = 0; i <= last; i++) {
      for (var j = 0; j < wanted.length; j++) {
        if (json[i + j] != wanted[j]) {
          continue outer;
        }
      }
      return true;
    }
    return false;
  }

  /// An object's references to owners, without some of them.
  static void dropOwners(ObjectNode object, Set<String> uids) {
    var left = Meta.owners(object).stream().filter(o -> !uids.contains(uid(o))).toList();
    if (left.isEmpty()) {
      Meta.of(object).remove("ownerReferences");
    } else {
      var list = Meta.of(object).putArray("ownerReferences");
      left.forEach(list::add);
    }
  }

  static String uid(JsonNode owner) {
    return owner.path("uid").asText("");
  }
}
