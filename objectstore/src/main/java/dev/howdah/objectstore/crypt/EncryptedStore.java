// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.crypt;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A store whose objects are encrypted here, each under its name with [#SUFFIX] behind it, so that
/// no other tool takes one for what it isn't. Callers see the names without it.
///
/// What was stored before encryption was turned on, or after it was turned off, is read as it is.
/// Nothing is written plain beside it unless keys to read with were given, nor with another key
/// under a known name: see [KeyMarks]. Sizes are those of what is stored. Without any key, an
/// encrypted object is an error where it is listed or looked for: to a restore it must not look as
/// if it were not there.
public final class EncryptedStore implements ObjectStore {
  /// Behind the names of encrypted objects.
  public static final String SUFFIX = ".encrypted";

  private final ObjectStore store;
  private final ClientKeys keys;
  private final KeyMarks marks;

  public EncryptedStore(ObjectStore store, ClientKeys keys) {
    this.store = store;
    this.keys = keys;
    this.marks = new KeyMarks(store, keys);
  }

  @Override
  public boolean put(String key, Body body, PutOptions options) {
    marks.admit(key, options);
    if (options.ifAbsent() && isThereOtherwise(key)) {
      return false;
    }
    if (!keys.encrypts()) {
      return store.put(key, body, options);
    }
    var cipher = ObjectCipher.create(keys, key);
    return store.put(key + SUFFIX, new SealedBody(body, cipher, 1, true, cipher.head(0)), options);
  }

  /// Whether it is there in the other form, of before encryption was turned on or off.
  private boolean isThereOtherwise(String key) {
    return !keys.keys().isEmpty() && store.head(keys.encrypts() ? key : key + SUFFIX).isPresent();
  }

  @Override
  public Upload begin(String key, PutOptions options) {
    marks.admit(key, options);
    if (!keys.encrypts()) {
      return store.begin(key, options);
    }
    return new SealedUpload(store.begin(key + SUFFIX, options), ObjectCipher.create(keys, key));
  }

  /// All parts but the last have the length of the first.
  private record SealedUpload(Upload upload, ObjectCipher cipher) implements Upload {
    @Override
    public void part(int number, Body body) {
      send(number, body, false);
    }

    @Override
    public void lastPart(int number, Body body) {
      send(number, body, true);
    }

    private void send(int number, Body body, boolean last) {
      var head =
          number == 1
              ? cipher.head(last ? 0 : Math.toIntExact(body.length() / ObjectCipher.CHUNK))
              : new byte[0];
      var sealed = new SealedBody(body, cipher, number, last, head);
      if (last) {
        upload.lastPart(number, sealed);
      } else {
        upload.part(number, sealed);
      }
    }

    @Override
    public void complete() {
      upload.complete();
    }

    @Override
    public void close() {
      upload.close();
    }
  }

  /// The names that an object may have, the likelier one first.
  private Stream<String> names(String key) {
    if (keys.keys().isEmpty()) {
      return Stream.of(key);
    }
    return keys.encrypts() ? Stream.of(key + SUFFIX, key) : Stream.of(key, key + SUFFIX);
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    var found =
        names(key).flatMap(name -> store.head(name).stream()).findFirst().map(i -> called(i, key));
    if (found.isEmpty()) {
      refuseWithoutKeys(key);
    }
    return found;
  }

  /// What is only not readable must not be taken for absent.
  private void refuseWithoutKeys(String key) {
    if (keys.keys().isEmpty() && store.head(key + SUFFIX).isPresent()) {
      throw unreadable(key);
    }
  }

  private StoreException unreadable(String key) {
    return new StoreException(
        Kind.NO_KEY, "%s in %s is encrypted; %s".formatted(key, location(), keys.origin()));
  }

  private static ObjectInfo called(ObjectInfo info, String key) {
    return new ObjectInfo(key, info.sizeBytes(), info.modifiedEpochMillis(), info.etag());
  }

  @Override
  public InputStream get(String key, long offset) {
    StoreException absent = null;
    for (var name : (Iterable<String>) names(key)::iterator) {
      try {
        return name.equals(key) ? store.get(key, offset) : opened(key, offset);
      } catch (StoreException e) {
        if (!e.isNotFound()) {
          throw e;
        }
        absent = absent == null ? e : absent;
      }
    }
    refuseWithoutKeys(key);
    throw java.util.Objects.requireNonNull(absent);
  }

  private InputStream opened(String key, long offset) {
    var stored = key + SUFFIX;
    var whole = store.get(stored, 0);
    try {
      var cipher = ObjectCipher.read(whole, keys, key, location());
      if (offset == 0) {
        return new OpeningStream(whole, cipher, 0, key);
      }
      whole.close();
      // at a boundary one chunk earlier: it may be the object's end
      long chunk = (offset - 1) / ObjectCipher.CHUNK;
      var rest = new OpeningStream(store.get(stored, cipher.offset(chunk)), cipher, chunk, key);
      rest.skipNBytes(offset - chunk * ObjectCipher.CHUNK);
      return rest;
    } catch (IOException e) {
      close(whole);
      throw new StoreException(
          Kind.CORRUPT, "%s in %s: %s".formatted(key, location(), e.getMessage()), e);
    } catch (RuntimeException e) {
      close(whole);
      throw e;
    }
  }

  private static void close(InputStream in) {
    try {
      in.close();
    } catch (IOException e) {
      // nothing more is wanted of it
    }
  }

  @Override
  public void list(String prefix, Consumer<ObjectInfo> each) {
    store.list(
        prefix,
        info -> {
          if (!KeyMarks.isMark(info.key())) {
            each.accept(seen(info));
          }
        });
  }

  private ObjectInfo seen(ObjectInfo info) {
    if (!info.key().endsWith(SUFFIX)) {
      return info;
    }
    if (keys.keys().isEmpty()) {
      throw unreadable(info.key());
    }
    return called(info, info.key().substring(0, info.key().length() - SUFFIX.length()));
  }

  @Override
  public Level level(String prefix) {
    var level = store.level(prefix);
    return new Level(
        level.objects().stream()
            .filter(info -> !KeyMarks.isMark(info.key()))
            .map(this::seen)
            .sorted(Comparator.comparing(ObjectInfo::key))
            .toList(),
        level.prefixes().stream().filter(folder -> !KeyMarks.isFolder(folder)).toList());
  }

  @Override
  public void delete(Collection<String> all) {
    var names = new ArrayList<String>();
    all.forEach(key -> names(key).forEach(names::add));
    store.delete(names);
  }

  @Override
  public Optional<Instant> lockedUntil(String key) {
    return names(key)
        .flatMap(name -> store.lockedUntil(name).stream())
        .max(Comparator.naturalOrder());
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
