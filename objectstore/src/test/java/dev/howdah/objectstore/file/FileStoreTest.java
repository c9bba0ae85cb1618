// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.ObjectStoreContract;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

  /// Whoever sends parts by several threads gives up when the first of them fails.
  @Test
  void anUploadGivenUpWhileAPartIsWrittenLeavesNothing() throws Exception {
    var writing = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    try (var store = store();
        var threads = Executors.newFixedThreadPool(2)) {
      var upload = store.begin("a/big", PutOptions.PLAIN);
      var part = threads.submit(() -> upload.part(1, new Slow(writing, goOn)));
      writing.await();

      var close = threads.submit(upload::close);
      var waits = catchThrowable(() -> close.get(100, TimeUnit.MILLISECONDS));
      goOn.countDown();
      part.get();
      close.get();

      assertThat(waits).as("it waits for the part").isInstanceOf(TimeoutException.class);
      assertThatThrownBy(() -> upload.part(2, Body.of(new byte[1])))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("was given up");
      assertThat(folder.resolve("a")).isEmptyDirectory();
    }
  }

  /// A byte that comes late.
  private record Slow(CountDownLatch writing, CountDownLatch goOn) implements Body {
    @Override
    public long length() {
      return 1;
    }

    @Override
    public InputStream open() throws IOException {
      writing.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
      return new ByteArrayInputStream(new byte[1]);
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
