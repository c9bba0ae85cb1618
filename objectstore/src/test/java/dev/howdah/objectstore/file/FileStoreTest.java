// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.file;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.ObjectStoreContract;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest extends ObjectStoreContract {
  @TempDir private Path folder;

  @Override
  protected ObjectStore store() {
    return new FileStore(folder);
  }

  /// With the last object its folder goes, in which others store something, or list.
  @Test
  void isUsedByManyAtOnce() throws Exception {
    try (var store = store();
        var threads = Executors.newFixedThreadPool(5)) {
      var all = new ArrayList<Future<?>>();
      for (String name : new String[] {"a", "b", "c", "d"}) {
        String key = "wals/0001/" + name;
        all.add(
            threads.submit(() -> {
              for (int i = 0; i < 500; i++) {
                store.put(key, Body.of(new byte[1]), PutOptions.PLAIN);
                store.delete(List.of(key));
              }
            }));
      }
      var storing = List.copyOf(all);
      all.add(
          threads.submit(() -> {
            do {
              store.list("", _ -> {});
            } while (!storing.stream().allMatch(Future::isDone));
          }));
      for (var each : all) {
        each.get();
      }
    }
  }

  @Test
  void staysInsideItsFolder() {
    try (var store = store()) {
      for (var key : new String[] {"../out", "/etc/passwd", "a/../../out", ""}) {
        assertThatThrownBy(() -> store.put(key, Body.of(new byte[1]), PutOptions.PLAIN))
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("no key inside");
      }
    }
  }
}
