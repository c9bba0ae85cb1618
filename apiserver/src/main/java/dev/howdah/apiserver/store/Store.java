// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.store.StoreException.Why;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All objects of the server. One sequence of revisions over all types, as in etcd.
///
/// A write returns when it is on the disk. Reads see a write a moment earlier, which only a power
/// cut could tell.
///
/// When the disk refuses, so does the store, until the disk takes writes again: that is tried every
/// second. What was in memory by then is brought to the disk first, also a write whose caller was
/// told that it failed: others have seen it.
public final class Store implements AutoCloseable {
  /// Objects of one type as they were at one revision, in the order of their keys.
  public record Snapshot(long revision, List<Stored> objects) {}

  private static final long REWRITE_FROM = 8L * 1024 * 1024;
  private static final int REWRITE_FACTOR = 4;
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
  private static final Logger LOG = LoggerFactory.getLogger(Store.class);

  private final Map<GroupResource, ConcurrentSkipListMap<Key, Stored>> objects =
      new ConcurrentHashMap<>();
  private final Map<GroupResource, TypeLog> logs = new ConcurrentHashMap<>();
  private final List<Consumer<Change>> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock commit = new ReentrantLock();
  private final FileChannel lockFile;
  private final Journal journal;
  private final Semaphore refused = new Semaphore(0);
  private final Thread mender;
  private boolean closed;
  private long floor;
  private long liveBytes;
  private long rewriteAt = REWRITE_FROM;
  private volatile long revision;

  private Store(Path folder, Journal.Disk disk, FileChannel lockFile) throws IOException {
    this.lockFile = lockFile;
    this.journal = Journal.open(folder.resolve("journal"), disk, this::replay);
    if (revision == 0) {
      revision = 1; // clients take 0 for "any"
    }
    if (!journal.trouble().isEmpty()) {
      tryAgain();
      refused.release(); // for the case that it isn't over
    }
    this.mender = Thread.ofVirtual().name("journal").start(this::mend);
  }

  /// Opens the store in a folder, which is made if need be. Throws with a clear message when
  /// another process has it.
  public static Store open(Path folder) throws IOException {
    return open(folder, Journal.Disk.REAL);
  }

  @SuppressWarnings("resource") // the lock lives as long as its channel, which close() closes
  static Store open(Path folder, Journal.Disk disk) throws IOException {
    Files.createDirectories(folder);
    var channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (tryLock(channel) == null) {
        throw new IOException(
            "another API server is using " + folder + "; stop it first, or use another folder");
      }
      return new Store(folder, disk, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      return null; // another server of this process
    }
  }

  private void replay(Journal.Line line) {
    revision = Math.max(revision, line.revision());
    switch (line.op()) {
      case BASE -> floor = line.revision();
      case PUT -> {
        var now = new Stored(line.type(), line.key(), line.revision(), line.json());
        if (line.revision() <= floor) { // in no order, and no change that anybody may ask for
          keep(now);
          return;
        }
        var before = map(line.type()).get(line.key());
        remember(
            new Change(before == null ? Change.Kind.ADDED : Change.Kind.MODIFIED, now, before));
      }
      case DELETE -> {
        var before = map(line.type()).get(line.key());
        if (before != null) {
          var tree = before.tree();
          remember(new Change(Change.Kind.DELETED, stamped(before, tree, line.revision()), before));
        }
      }
    }
  }

  private ConcurrentSkipListMap<Key, Stored> map(GroupResource type) {
    return objects.computeIfAbsent(type, _ -> new ConcurrentSkipListMap<>());
  }

  /// The changes of a type.
  public TypeLog log(GroupResource type) {
    var known = logs.get(type);
    return known != null ? known : logs.computeIfAbsent(type, _ -> new TypeLog(floor));
  }

  /// The newest revision; all changes up to it are in the logs.
  public long revision() {
    return revision;
  }

  /// Is told of every change, in order, while the next one waits: it must be quick and must not
  /// write.
  public void onChange(Consumer<Change> listener) {
    listeners.add(listener);
  }

  /// An object, or null.
  public @Nullable Stored get(GroupResource type, Key key) {
    var all = objects.get(type);
    return all == null ? null : all.get(key);
  }

  /// All types that have objects.
  public Collection<GroupResource> types() {
    return List.copyOf(objects.keySet());
  }

  /// All objects of a type, of one namespace or (empty) of all.
  public Snapshot list(GroupResource type, String namespace) {
    commit.lock();
    try {
      return new Snapshot(revision, List.copyOf(in(map(type), namespace).values()));
    } finally {
      commit.unlock();
    }
  }

  /// The same as it was at an earlier revision. Throws COMPACTED when that is forgotten.
  public Snapshot listAt(GroupResource type, String namespace, long at) throws StoreException {
    commit.lock();
    try {
      var past = new TreeMap<>(in(map(type), namespace));
      var changes = log(type).after(at);
      for (var change : changes.reversed()) {
        var key = change.object().key();
        if (namespace.isEmpty() || key.namespace().equals(namespace)) {
          var previous = change.previous();
          if (previous == null) {
            past.remove(key);
          } else {
            past.put(key, previous);
          }
        }
      }
      return new Snapshot(at, List.copyOf(past.values()));
    } finally {
      commit.unlock();
    }
  }

  private static NavigableMap<Key, Stored> in(
      ConcurrentSkipListMap<Key, Stored> all, String namespace) {
    return namespace.isEmpty()
        ? all
        : all.subMap(new Key(namespace, ""), true, new Key(namespace + "\0", ""), false);
  }

  /// Stores a new object; sets its `resourceVersion`. The tree belongs to the store from here on.
  public Stored create(GroupResource type, Key key, ObjectNode tree) throws StoreException {
    long mark;
    Stored made;
    commit.lock();
    try {
      if (map(type).containsKey(key)) {
        throw new StoreException(Why.EXISTS, type + " \"" + key.name() + "\" already exists");
      }
      made = stamped(new Stored(type, key, 0, new byte[0]), tree, revision + 1);
      mark = apply(new Change(Change.Kind.ADDED, made, null), Journal.put(made));
    } finally {
      commit.unlock();
    }
    force(mark);
    return made;
  }

  /// Replaces an object if it is still the one that was read.
  public Stored update(Stored expected, ObjectNode tree) throws StoreException {
    long mark;
    Stored made;
    commit.lock();
    try {
      requireCurrent(expected);
      made = stamped(expected, tree, revision + 1);
      mark = apply(new Change(Change.Kind.MODIFIED, made, expected), Journal.put(made));
    } finally {
      commit.unlock();
    }
    force(mark);
    return made;
  }

  /// Removes an object if it is still the one that was read; the tree is its last state for
  /// watchers.
  public Stored delete(Stored expected, ObjectNode tree) throws StoreException {
    long mark;
    Stored last;
    commit.lock();
    try {
      requireCurrent(expected);
      last = stamped(expected, tree, revision + 1);
      mark = apply(new Change(Change.Kind.DELETED, last, expected), Journal.delete(last));
    } finally {
      commit.unlock();
    }
    force(mark);
    return last;
  }

  private void requireCurrent(Stored expected) throws StoreException {
    if (map(expected.type()).get(expected.key()) != expected) {
      throw new StoreException(
          Why.CHANGED, expected.type() + " " + expected.key() + " has changed");
    }
  }

  private static Stored stamped(Stored like, ObjectNode tree, long revision) {
    tree.withObjectProperty("metadata").put("resourceVersion", Long.toString(revision));
    return new Stored(like.type(), like.key(), revision, Json.bytes(tree));
  }

  private long apply(Change change, Journal.Line line) throws StoreException {
    long mark;
    try {
      mark = journal.append(line);
    } catch (IOException e) {
      throw failed(e);
    }
    remember(change);
    for (var listener : listeners) {
      listener.accept(change);
    }
    rewriteIfGrown();
    return mark;
  }

  private void keep(Stored object) {
    liveBytes += object.json().length - size(map(object.type()).put(object.key(), object));
  }

  private static int size(@Nullable Stored before) {
    return before == null ? 0 : before.json().length;
  }

  private void remember(Change change) {
    var object = change.object();
    if (change.kind() == Change.Kind.DELETED) {
      liveBytes -= size(map(object.type()).remove(object.key()));
    } else {
      keep(object);
    }
    log(object.type()).add(change);
    revision = Math.max(revision, change.revision());
  }

  private void rewriteIfGrown() {
    if (journal.size() > rewriteAt && journal.size() > REWRITE_FACTOR * liveBytes) {
      rewriteAt = journal.size() + REWRITE_FROM; // for the case that it fails
      try {
        journal.rewrite(revision, this::live);
        rewriteAt = REWRITE_FROM;
      } catch (IOException e) {
        // The old file goes on, and grows a while before the next attempt.
        LOG.atWarn().setCause(e).log("could not compact the journal");
        if (!journal.trouble().isEmpty()) {
          refused.release();
        }
      }
    }
  }

  private Iterator<Stored> live() {
    var all = new ArrayList<Stored>();
    objects.values().forEach(map -> all.addAll(map.values()));
    return all.iterator();
  }

  private void force(long mark) throws StoreException {
    try {
      journal.force(mark);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private StoreException failed(IOException e) {
    refused.release();
    var said = trouble(); // empty: it was mended just now
    return new StoreException(
        Why.FAILED,
        said.isEmpty() ? "the journal couldn't be written: " + e.getMessage() : said,
        e);
  }

  /// Why nothing can be written, and what to do; empty: it can.
  public String trouble() {
    var said = journal.trouble();
    return said.isEmpty()
        ? ""
        : said
            + ". Until it can, nothing is changed and no standby takes over; the databases go on as they are. Make room on that disk, or repair it: writing is tried again every second";
  }

  /// Runs as long as the store is open.
  private void mend() {
    try {
      while (true) {
        refused.acquire();
        refused.drainPermits();
        if (!journal.trouble().isEmpty()) {
          LOG.atError().addKeyValue("cause", trouble()).log("no change can be stored");
        }
        while (!journal.trouble().isEmpty()) {
          Thread.sleep(TRY_AGAIN);
          tryAgain();
        }
      }
    } catch (InterruptedException _) {
      // closed
    }
  }

  private void tryAgain() {
    commit.lock();
    try {
      if (!closed) {
        journal.mend(revision, this::live);
        rewriteAt = REWRITE_FROM;
        LOG.atInfo().log("changes are stored again");
      }
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("no change can be stored yet");
    } finally {
      commit.unlock();
    }
  }

  /// Ends all watches and releases the folder.
  @Override
  public void close() throws IOException {
    commit.lock();
    try {
      closed = true;
      mender.interrupt();
      logs.values().forEach(TypeLog::close);
      journal.close();
      lockFile.close();
    } finally {
      commit.unlock();
    }
  }
}
