// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore;

import java.io.InputStream;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;

/// Hands every call on to another store: for those that change one thing about it.
public abstract class ForwardingStore implements ObjectStore {
  private final ObjectStore store;

  protected ForwardingStore(ObjectStore store) {
    this.store = store;
  }

  @Override
  public boolean put(String key, Body body, PutOptions options) {
    return store.put(key, body, options);
  }

  @Override
  public Upload begin(String key, PutOptions options) {
    return store.begin(key, options);
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    return store.head(key);
  }

  @Override
  public InputStream get(String key, long offset) {
    return store.get(key, offset);
  }

  @Override
  public void list(String prefix, Consumer<ObjectInfo> each) {
    store.list(prefix, each);
  }

  @Override
  public Level level(String prefix) {
    return store.level(prefix);
  }

  @Override
  public void delete(Collection<String> keys) {
    store.delete(keys);
  }

  @Override
  public Optional<Instant> lockedUntil(String key) {
    return store.lockedUntil(key);
  }

  @Override
  public int abandonUploads(String prefix, Instant begunBefore) {
    return store.abandonUploads(prefix, begunBefore);
  }

  @Override
  public String location() {
    return store.location();
  }

  @Override
  public void close() {
    store.close();
  }
}
