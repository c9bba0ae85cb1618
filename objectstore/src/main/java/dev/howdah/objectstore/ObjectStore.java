// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore;

import java.io.InputStream;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A flat space of named, immutable byte strings: a bucket (or a part of it below a prefix), or a
/// folder.
///
/// Keys are relative, with `/` between parts, and never begin with one. An object is there as a
/// whole or not at all; a write that failed leaves no object. Every call has a deadline of its own
/// and is repeated after passing faults, within the store's [Retry]; what is thrown in the end is a
/// [StoreException].
public interface ObjectStore extends AutoCloseable {
  /// Stores an object in one request; the body must be repeatable, since the request may be sent
  /// again.
  ///
  /// @return true; false if [PutOptions#ifAbsent] was asked for and there is an object already
  boolean put(String key, Body body, PutOptions options);

  /// Begins an object whose size is not known, in parts.
  Upload begin(String key, PutOptions options);

  /// What is known of an object; empty if there is none.
  Optional<ObjectInfo> head(String key);

  /// Opens an object from a byte offset; the caller closes the stream. Reading it may throw
  /// `IOException` where the connection breaks.
  ///
  /// @throws StoreException of kind NOT_FOUND if there is none
  InputStream get(String key, long offset);

  /// Opens an object that may not be there, or may be deleted by somebody at this moment; the
  /// caller closes the stream.
  default Optional<InputStream> find(String key) {
    try {
      return Optional.of(get(key, 0));
    } catch (StoreException e) {
      if (e.isNotFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// Lists all objects whose key begins with the prefix, in ascending order of their UTF-8 keys.
  void list(String prefix, Consumer<ObjectInfo> each);

  /// Lists one level as a folder would show it: objects directly under the prefix, and the prefixes
  /// (ending in `/`) of those that lie deeper.
  Level level(String prefix);

  /// Deletes objects; those that are not there count as deleted.
  void delete(Collection<String> keys);

  /// Until when the store refuses to let an object go (object lock); empty if it doesn't.
  default Optional<Instant> lockedUntil(String key) {
    return Optional.empty();
  }

  /// Frees the parts of uploads below a prefix that nobody will complete: those begun before a
  /// moment. Stores that do so by themselves need nothing done.
  ///
  /// @return how many there were
  default int abandonUploads(String prefix, Instant begunBefore) {
    return 0;
  }

  /// Where this is, for a person: never with credentials in it.
  String location();

  @Override
  void close();

  /// @param key relative to the store, as in all calls
  /// @param etag the store's own name for this content; changes when the content does
  record ObjectInfo(String key, long sizeBytes, long modifiedEpochMillis, String etag) {}

  /// @param prefixes each ends in `/`
  record Level(List<ObjectInfo> objects, List<String> prefixes) {
    public Level {
      objects = List.copyOf(objects);
      prefixes = List.copyOf(prefixes);
    }
  }

  /// An object being written in parts. Parts may be sent from several threads at once. Nothing is
  /// to be seen of the object before [#complete].
  interface Upload extends AutoCloseable {
    /// Sends a part.
    ///
    /// @param number from 1, without holes at completion
    void part(int number, Body body);

    /// Sends the part that ends the object. The others have all the same length.
    default void lastPart(int number, Body body) {
      part(number, body);
    }

    /// Puts the parts together, in order of their numbers.
    void complete();

    /// Gives up what was not completed and frees its parts; after completion does nothing.
    @Override
    void close();
  }
}
