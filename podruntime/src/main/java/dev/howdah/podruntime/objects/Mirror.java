// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.objects;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.kube.Watch;
import dev.howdah.kube.WatchEvent;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A copy of one collection of the API server, kept up to date by a watch.
///
/// The objects are shared: nobody may change them; patches are made of fresh trees. Listeners are
/// called in order, one at a time, and must not block.
public final class Mirror implements AutoCloseable {
  /// Learns about each change: `before` is null for a new object, `after` for one that is gone.
  @FunctionalInterface
  public interface Listener {
    void changed(@Nullable ObjectNode before, @Nullable ObjectNode after);
  }

  private static final int REMEMBERED_DELETIONS = 1000;

  private final Resource resource;
  private final Map<Key, ObjectNode> objects = new ConcurrentHashMap<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final CountDownLatch synced = new CountDownLatch(1);

  /// Objects known to be gone, so that a late answer to an own write doesn't bring one back.
  private final Map<String, Boolean> deleted =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > REMEMBERED_DELETIONS;
        }
      };

  private volatile @Nullable Watch watch;

  public Mirror(Resource resource) {
    this.resource = resource;
  }

  /// Which collection this is.
  public Resource resource() {
    return resource;
  }

  /// Adds a listener; it hears of everything that happens from now on.
  public void listen(Listener listener) {
    listeners.add(listener);
  }

  /// Begins to follow the collection.
  public void start(KubeClient client) {
    watch = client.watch(resource, "", Selection.ALL, this::handle);
  }

  /// Waits for the first complete copy.
  public boolean awaitSynced(Duration deadline) throws InterruptedException {
    return synced.await(deadline.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Whether there was a complete copy: from then on listeners hear of each deletion.
  public boolean isSynced() {
    return synced.getCount() == 0;
  }

  public Optional<ObjectNode> find(String namespace, String name) {
    return Optional.ofNullable(objects.get(new Key(namespace, name)));
  }

  public Optional<ObjectNode> find(Key key) {
    return Optional.ofNullable(objects.get(key));
  }

  public Collection<ObjectNode> all() {
    return objects.values();
  }

  public List<ObjectNode> in(String namespace) {
    return objects.values().stream().filter(o -> Json.namespace(o).equals(namespace)).toList();
  }

  /// Takes in the answer to an own write at once, before the watch brings it.
  public ObjectNode wrote(ObjectNode object) {
    upsert(object);
    return object;
  }

  void handle(WatchEvent event) {
    switch (event) {
      case WatchEvent.Listed(var all) -> replace(all);
      case WatchEvent.Upserted(var object) -> upsert(object);
      case WatchEvent.Deleted(var object) -> remove(object);
      case WatchEvent.Failed _ -> {}
    }
  }

  private void replace(List<ObjectNode> all) {
    lock.lock();
    try {
      Set<Key> gone = new HashSet<>(objects.keySet());
      for (ObjectNode object : all) {
        gone.remove(Key.of(object));
        upsert(object);
      }
      for (Key key : gone) {
        // not remembered as deleted: it may be our own, made after this list was
        ObjectNode before = objects.remove(key);
        if (before != null) {
          tell(before, null);
        }
      }
    } finally {
      lock.unlock();
    }
    synced.countDown();
  }

  private void upsert(ObjectNode object) {
    lock.lock();
    try {
      Key key = Key.of(object);
      ObjectNode before = objects.get(key);
      boolean same = before != null && Json.uid(before).equals(Json.uid(object));
      if (deleted.containsKey(Json.uid(object))
          || (before != null && same && !newer(object, before))) {
        return;
      }
      if (object.path("metadata") instanceof ObjectNode metadata) {
        metadata.remove("managedFields");
      }
      objects.put(key, object);
      if (before != null && !same) {
        deleted.put(Json.uid(before), true);
        tell(before, null);
        tell(null, object);
      } else {
        tell(before, object);
      }
    } finally {
      lock.unlock();
    }
  }

  private void remove(ObjectNode object) {
    lock.lock();
    try {
      deleted.put(Json.uid(object), true);
      ObjectNode before = objects.get(Key.of(object));
      if (before != null && Json.uid(before).equals(Json.uid(object))) {
        objects.remove(Key.of(object));
        tell(before, null);
      }
    } finally {
      lock.unlock();
    }
  }

  private void tell(@Nullable ObjectNode before, @Nullable ObjectNode after) {
    for (Listener listener : listeners) {
      listener.changed(before, after);
    }
  }

  private static boolean newer(ObjectNode object, ObjectNode than) {
    try {
      return Long.parseUnsignedLong(Json.resourceVersion(object))
          > Long.parseUnsignedLong(Json.resourceVersion(than));
    } catch (NumberFormatException e) {
      return !Json.resourceVersion(object).equals(Json.resourceVersion(than));
    }
  }

  @Override
  public void close() {
    Watch current = watch;
    if (current != null) {
      current.close();
    }
  }
}
