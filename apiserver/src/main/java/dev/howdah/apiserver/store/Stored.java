// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One state of one object, kept as the JSON that clients get. Immutable.
public final class Stored {
  private final GroupResource type;
  private final Key key;
  private final long revision;
  private final byte[] json;
  private volatile @Nullable Facts facts;

  // What is asked for often, read out of the JSON once.
  private record Facts(Map<String, String> labels, String uid) {}

  Stored(GroupResource type, Key key, long revision, byte[] json) {
    this.type = type;
    this.key = key;
    this.revision = revision;
    this.json = json;
  }

  /// The object's type.
  public GroupResource type() {
    return type;
  }

  /// The object's namespace and name.
  public Key key() {
    return key;
  }

  /// The `resourceVersion` of this state.
  public long revision() {
    return revision;
  }

  /// The object as JSON in the version it is stored in; not to be changed.
  public byte[] json() {
    return json;
  }

  /// The object as a tree of the caller's own.
  public ObjectNode tree() {
    return Json.parse(json);
  }

  /// The object's labels.
  public Map<String, String> labels() {
    return facts().labels();
  }

  /// The object's UID.
  public String uid() {
    return facts().uid();
  }

  private Facts facts() {
    var known = facts;
    if (known == null) {
      var tree = tree();
      known = new Facts(Map.copyOf(Meta.map(tree, "labels")), Meta.uid(tree));
      facts = known;
    }
    return known;
  }

  @Override
  public String toString() {
    return type + " " + key + "@" + revision;
  }
}
