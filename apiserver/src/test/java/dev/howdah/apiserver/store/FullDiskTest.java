// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A store whose disk refuses for a while.
class FullDiskTest {
  private static final GroupResource MAPS = new GroupResource("", "configmaps");
  private static final Duration ENOUGH = Duration.ofMinutes(2);

  @TempDir private Path folder;

  /// Refuses as it is told.
  private static final class Moody implements Journal.Disk {
    private final AtomicInteger refusedNames = new AtomicInteger();
    private volatile boolean files = true;
    private volatile boolean names = true;

    @Override
    public void sync(RandomAccessFile file) throws IOException {
      if (!files) {
        throw new IOException("Input/output error");
      }
      Journal.Disk.REAL.sync(file);
    }

    @Override
    public void syncName(Path file) throws IOException {
      if (!names) {
        refusedNames.incrementAndGet();
        throw new IOException("Input/output error");
      }
      Journal.Disk.super.syncName(file);
    }
  }

  private static ObjectNode object(String name, String value) {
    var tree = Json.object().put("kind", "ConfigMap").put("value", value);
    tree.putObject("metadata").put("name", name).put("namespace", "ns");
    return tree;
  }

  private static Stored create(Store store, String name) throws StoreException {
    return store.create(MAPS, new Key("ns", name), object(name, "1"));
  }

  private static Stored get(Store store, String name) {
    return store.get(MAPS, new Key("ns", name));
  }

  private static void refuses(Store store, String name, String why) {
    assertThatThrownBy(() -> create(store, name))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(why);
    assertThat(store.trouble()).contains(why, "Make room");
  }

  private static void mended(Store store) {
    await().atMost(ENOUGH).until(() -> store.trouble().isEmpty());
  }

  /// What was refused after others had seen it is kept, so that no revision means two things.
  @Test
  void goesOnAfterAFailedFlushAndForgetsNothing() throws Exception {
    var disk = new Moody();
    Stored last;
    try (var store = Store.open(folder, disk)) {
      create(store, "before");
      disk.files = false;
      refuses(store, "seen", "Input/output error");
      refuses(store, "never", "Input/output error");
      var seen = get(store, "seen");

      disk.files = true;
      mended(store);

      last = create(store, "after");
      assertThat(last.revision()).isEqualTo(seen.revision() + 1);
      assertThat(store.log(MAPS).after(seen.revision())).hasSize(1);
    }

    try (var store = Store.open(folder)) {
      assertThat(store.revision()).isEqualTo(last.revision());
      assertThat(store.list(MAPS, "ns").objects())
          .extracting(stored -> stored.key().name())
          .containsExactlyInAnyOrder("before", "seen", "after");
    }
  }

  /// The next run could read all of it, but a power cut would take from it what was never flushed.
  @Test
  void writesAllAnewThoughTheServerWasStartedAnewMeanwhile() throws Exception {
    var disk = new Moody();
    try (var store = Store.open(folder, disk)) {
      create(store, "before");
      disk.files = false;
      refuses(store, "seen", "Input/output error");
    }
    var journal = folder.resolve("journal");
    var old = Files.getAttribute(journal, "unix:ino");

    try (var store = Store.open(folder, disk)) {
      assertThat(store.trouble()).isNotEmpty();
      refuses(store, "never", "Input/output error");
      assertThat(get(store, "before")).isNotNull();
      disk.files = true;
      mended(store);
      assertThat(Files.getAttribute(journal, "unix:ino")).isNotEqualTo(old);
      create(store, "after");
    }
    var mended = Files.getAttribute(journal, "unix:ino");

    try (var store = Store.open(folder)) {
      assertThat(store.list(MAPS, "ns").objects())
          .extracting(stored -> stored.key().name())
          .containsExactlyInAnyOrder("before", "seen", "after");
      assertThat(Files.getAttribute(journal, "unix:ino")).isEqualTo(mended);
    }
  }

  @Test
  void acknowledgesNothingInANewFileWhoseNameMayBeLost() {
    var disk = new Moody();
    disk.names = false;

    assertThatThrownBy(() -> Store.open(folder, disk)).hasMessageContaining("Input/output error");
  }

  /// Until the new file's name is on the disk, a power cut brings the old file back.
  @Test
  void acknowledgesNothingInAFileWhoseNameMayBeLost() throws Exception {
    var disk = new Moody();
    try (var store = Store.open(folder, disk)) {
      disk.names = false;
      disk.files = false;
      refuses(store, "seen", "Input/output error");
      disk.files = true;
      await().atMost(ENOUGH).until(() -> disk.refusedNames.get() > 0);
      refuses(store, "never", "Input/output error");

      disk.names = true;
      mended(store);
      create(store, "after");
    }

    try (var store = Store.open(folder)) {
      assertThat(get(store, "seen")).isNotNull();
      assertThat(get(store, "never")).isNull();
      assertThat(get(store, "after")).isNotNull();
    }
  }

  /// Needs root, to mount a small file system.
  @Test
  void goesOnWhenThereIsRoomAgain() throws Exception {
    var small = Files.createDirectory(folder.resolve("small"));
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small.toString()) == 0);
    try {
      var rest = small.resolve("rest");
      var acknowledged = new ArrayList<String>();
      long revision;
      try (var store = Store.open(small.resolve("store"))) {
        create(store, "before");
        assertThatThrownBy(() -> Files.write(rest, new byte[2 << 20]))
            .hasMessageContaining("No space left");
        assertThatThrownBy(
                () -> {
                  for (int i = 0; i < 100; i++) { // what is left of the last page may take some
                    create(store, "full-" + i);
                    acknowledged.add("full-" + i);
                  }
                })
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("No space left");
        assertThat(store.trouble()).contains("No space left", "Make room");

        Files.delete(rest);
        mended(store);

        create(store, "after");
        revision = store.revision();
        assertThat(revision).isEqualTo(1 + 2 + acknowledged.size());
      }
      try (var store = Store.open(small.resolve("store"))) {
        assertThat(store.revision()).isEqualTo(revision);
        assertThat(get(store, "before")).isNotNull();
        assertThat(get(store, "after")).isNotNull();
        assertThat(acknowledged).allMatch(name -> get(store, name) != null);
        assertThat(store.list(MAPS, "ns").objects()).hasSize(2 + acknowledged.size());
      }
    } finally {
      run("umount", "-l", small.toString());
    }
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }
}
