// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cache;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.WatchEvent;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The objects of one kind, as last seen: only what [Function decode] takes from each is kept.
///
/// Own writes are told to it ([#wrote]), so that the pass after a write sees it even when the watch
/// is late. An answer older than what is known already never replaces it, and an answer that comes
/// after its object's end doesn't bring it back.
///
/// @param <T> what is kept of an object
public final class Mirror<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  private static final int REMEMBERED_ENDS = 256;

  private record Entry<T>(T value, String uid, long version, Key group) {}

  /// Who wants to know about a change.
  @FunctionalInterface
  public interface Listener<T> {
    /// @param before null when the object is new
    /// @param after null when it is gone; `last` is then its last state
    void changed(Key key, @Nullable T before, @Nullable T after, ObjectNode last);
  }

  private final String kind;
  private final Function<ObjectNode, T> decode;
  private final Function<ObjectNode, Key> group;
  private final Listener<T> listener;
  private final Map<Key, Entry<T>> objects = new HashMap<>();
  private final Map<Key, Map<Key, T>> groups = new HashMap<>();
  private final Set<String> listed = new HashSet<>();

  /// Versions at the end, by UID.
  private final Map<String, Long> ends = new LinkedHashMap<>();

  /// @param group which cluster an object belongs to: what [#of] asks for
  public Mirror(
      String kind,
      Function<ObjectNode, T> decode,
      Function<ObjectNode, Key> group,
      Listener<T> listener) {
    this.kind = kind;
    this.decode = decode;
    this.group = group;
    this.listener = listener;
  }

  /// Takes over what a watch says.
  ///
  /// @param namespace that the watch is about; empty: all
  public void accept(String namespace, WatchEvent event) {
    switch (event) {
      case WatchEvent.Listed(var all) -> replaceAll(namespace, all);
      case WatchEvent.Upserted(var object) -> put(object);
      case WatchEvent.Deleted(var object) -> remove(object);
      case WatchEvent.Failed(var cause, var retryIn) ->
          LOG.atWarn()
              .addKeyValue("kind", kind)
              .addKeyValue("retry_ms", retryIn.toMillis())
              .addKeyValue("cause", cause.getMessage())
              .log("watch interrupted");
    }
  }

  /// Waits until each of the namespaces was listed once.
  public synchronized boolean awaitListed(Set<String> namespaces, Duration deadline)
      throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    while (!listed.containsAll(namespaces)) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  /// One object.
  public synchronized Optional<T> find(String namespace, String name) {
    return Optional.ofNullable(objects.get(new Key(namespace, name))).map(Entry::value);
  }

  /// The objects of a group.
  public synchronized List<T> of(Key groupKey) {
    Map<Key, T> members = groups.get(groupKey);
    return members == null ? List.of() : List.copyOf(members.values());
  }

  /// The names of all objects.
  public synchronized Set<Key> keys() {
    return Set.copyOf(objects.keySet());
  }

  /// All objects.
  public synchronized Collection<T> all() {
    return objects.values().stream().map(Entry::value).toList();
  }

  /// Tells of an own write: `object` is the server's answer.
  public void wrote(ObjectNode object) {
    if (!object.path("metadata").path("uid").asText("").isEmpty()) {
      put(object);
    }
  }

  /// Tells of an own deletion that took effect at once.
  public synchronized void deleted(String namespace, String name, String uid) {
    Key key = new Key(namespace, name);
    Entry<T> entry = objects.get(key);
    ended(uid, Long.MAX_VALUE);
    if (entry != null && entry.uid.equals(uid)) {
      forget(key, entry);
    }
  }

  private void replaceAll(String namespace, List<ObjectNode> all) {
    Set<Key> there = new HashSet<>();
    for (ObjectNode object : all) {
      there.add(key(object));
      put(object);
    }
    List<Key> gone;
    synchronized (this) {
      gone =
          objects.keySet().stream()
              .filter(k -> namespace.isEmpty() || k.namespace().equals(namespace))
              .filter(k -> !there.contains(k))
              .toList();
    }
    for (Key key : gone) {
      Entry<T> entry;
      synchronized (this) {
        entry = objects.get(key);
        if (entry != null) {
          forget(key, entry);
        }
      }
      if (entry != null) {
        listener.changed(key, entry.value, null, Json.object());
      }
    }
    synchronized (this) {
      listed.add(namespace);
      notifyAll();
    }
  }

  private void put(ObjectNode object) {
    Key key = key(object);
    long version = version(object);
    String uid = Json.uid(object);
    T value;
    Entry<T> before;
    synchronized (this) {
      before = objects.get(key);
      if (isOver(uid, version) || (before != null && version <= before.version && version != 0)) {
        return;
      }
      value = decode.apply(object);
      if (before != null) {
        forget(key, before);
      }
      Key owner = group.apply(object);
      objects.put(key, new Entry<>(value, uid, version, owner));
      groups.computeIfAbsent(owner, _ -> new LinkedHashMap<>()).put(key, value);
    }
    listener.changed(key, before == null ? null : before.value, value, object);
  }

  private void remove(ObjectNode object) {
    Key key = key(object);
    Entry<T> entry;
    synchronized (this) {
      ended(Json.uid(object), version(object));
      entry = objects.get(key);
      if (entry == null || !entry.uid.equals(Json.uid(object))) {
        entry = null;
      } else {
        forget(key, entry);
      }
    }
    listener.changed(key, entry == null ? null : entry.value, null, object);
  }

  /// An answer to an own write may still be on its way.
  private void ended(String uid, long version) {
    if (!uid.isEmpty()) {
      ends.merge(uid, version, Long::max);
      if (ends.size() > REMEMBERED_ENDS) {
        ends.remove(ends.keySet().iterator().next());
      }
    }
  }

  /// What is newer than its end only wasn't selected for a while: a label was taken off and put
  /// back.
  private boolean isOver(String uid, long version) {
    Long end = ends.get(uid);
    return end != null && (version == 0 || version <= end);
  }

  private void forget(Key key, Entry<T> entry) {
    objects.remove(key);
    Map<Key, T> members = groups.get(entry.group);
    if (members != null) {
      members.remove(key);
      if (members.isEmpty()) {
        groups.remove(entry.group);
      }
    }
  }

  private static Key key(ObjectNode object) {
    return new Key(Json.namespace(object), Json.name(object));
  }

  /// Resource versions count upwards on every server we know; one that isn't a number compares as
  /// unknown.
  private static long version(ObjectNode object) {
    try {
      return Long.parseUnsignedLong(Json.resourceVersion(object));
    } catch (NumberFormatException _) {
      return 0;
    }
  }
}
