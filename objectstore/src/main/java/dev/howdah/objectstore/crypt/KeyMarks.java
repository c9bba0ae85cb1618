// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.crypt;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/// What a server's folder says of the keys that it was written with: a small object for each key,
/// with its check value. So nothing is written with another key under a known name, nor plain where
/// an annotation was lost, while everything looks well.
final class KeyMarks {
  private static final String FOLDER = "howdah/keys/";

  /// Whoever encrypts nothing asks now and then whether somebody else does.
  private static final Duration PLAIN_FOR = Duration.ofMinutes(5);

  private final ObjectStore store;
  private final ClientKeys keys;

  /// Until when (of `System.nanoTime`) a folder needs no other look.
  private final Map<String, Long> admitted = new ConcurrentHashMap<>();

  KeyMarks(ObjectStore store, ClientKeys keys) {
    this.store = store;
    this.keys = keys;
  }

  /// Whether an object is such a mark.
  static boolean isMark(String key) {
    return key.startsWith(FOLDER) || key.startsWith(folder(key));
  }

  /// Whether a folder, with its slash at the end, has nothing but marks.
  static boolean isFolder(String prefix) {
    return isMark(prefix + FOLDER.substring(FOLDER.indexOf('/') + 1));
  }

  private static String folder(String key) {
    return key.substring(0, key.indexOf('/') + 1) + FOLDER;
  }

  /// Lets an object be written, or says why not.
  ///
  /// @throws StoreException if what was written before has another key, or any, and this has none
  void admit(String key, PutOptions options) {
    if (!keys.encrypts() && !keys.keys().isEmpty()) {
      return; // to read only was said
    }
    String folder = folder(key);
    Long until = admitted.get(folder);
    if (until != null && (keys.encrypts() || System.nanoTime() - until < 0)) {
      return;
    }
    if (keys.encrypts()) {
      mark(folder, options);
    } else {
      refuseWhereOthersEncrypt(folder);
    }
    admitted.put(folder, System.nanoTime() + PLAIN_FOR.toNanos());
  }

  private void mark(String folder, PutOptions options) {
    String active = keys.active();
    String check =
        HexFormat.of()
            .formatHex(ObjectCipher.check(Objects.requireNonNull(keys.keys().get(active))));
    var once = new PutOptions(true, options.encryption(), options.encryptionKey(), Map.of());
    if (!store.put(folder + active, Body.of(check.getBytes(StandardCharsets.US_ASCII)), once)
        && !read(folder + active).equals(check)) {
      throw new StoreException(
          Kind.NO_KEY,
          "%s in %s was written with another key than \"%s\" of %s is now; put the former one back, under that name, and a new one under a new name"
              .formatted(folder.replace(FOLDER, ""), store.location(), active, keys.origin()));
    }
  }

  private String read(String mark) {
    try (var in = store.get(mark, 0)) {
      return new String(in.readNBytes(1024), StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "%s in %s can't be read: %s".formatted(mark, store.location(), e.getMessage()),
          e);
    }
  }

  private void refuseWhereOthersEncrypt(String folder) {
    var known = new ArrayList<String>();
    store.list(folder, info -> known.add(info.key().substring(folder.length())));
    if (!known.isEmpty()) {
      throw new StoreException(
          Kind.NO_KEY,
          "%s in %s is encrypted with the key %s, and nothing is written plain there by mistake; %s (SECRET/KEY; or SECRET/- to write plain from now on)"
              .formatted(
                  folder.replace(FOLDER, ""),
                  store.location(),
                  "\"" + String.join("\", \"", known) + "\"",
                  keys.origin()));
    }
  }
}
