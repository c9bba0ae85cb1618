// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.store.StoreException.Why;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
  private static final GroupResource MAPS = new GroupResource("", "configmaps");
  private static final GroupResource LEASES = new GroupResource("coordination.k8s.io", "leases");

  @TempDir private Path folder;

  private static ObjectNode object(String name, String value) {
    var tree = Json.object().put("kind", "ConfigMap").put("value", value);
    tree.putObject("metadata").put("name", name).put("namespace", "ns");
    return tree;
  }

  private static Key key(String name) {
    return new Key("ns", name);
  }

  private Path journal() {
    return folder.resolve("journal");
  }

  private static Stored get(Store store, String name) {
    return store.get(MAPS, key(name));
  }

  @Test
  void remembersEverythingAfterARestart() throws Exception {
    long revision;
    try (var store = Store.open(folder)) {
      var kept = store.create(MAPS, key("kept"), object("kept", "1"));
      store.update(kept, object("kept", "2"));
      store.delete(store.create(MAPS, key("gone"), object("gone", "1")), object("gone", "1"));
      store.create(LEASES, new Key("", "a role with blanks"), object("x", "1"));
      revision = store.revision();
    }

    try (var store = Store.open(folder)) {
      assertThat(store.revision()).isEqualTo(revision);
      assertThat(get(store, "kept").tree().path("value").asText()).isEqualTo("2");
      assertThat(get(store, "gone")).isNull();
      assertThat(store.get(LEASES, new Key("", "a role with blanks"))).isNotNull();
      assertThat(store.log(MAPS).after(1)).hasSize(4);
    }
  }

  @Test
  void dropsALineThatWasNeverFinished() throws Exception {
    try (var store = Store.open(folder)) {
      store.create(MAPS, key("a"), object("a", "1"));
      store.create(MAPS, key("b"), object("b", "1"));
    }
    var bytes = Files.readAllBytes(journal());

    for (var cut = 1; cut < 40; cut++) {
      Files.write(journal(), java.util.Arrays.copyOf(bytes, bytes.length - cut));
      try (var store = Store.open(folder)) {
        assertThat(get(store, "a")).isNotNull();
        assertThat(get(store, "b")).isNull();
        store.create(MAPS, key("c"), object("c", "1"));
      }
      try (var store = Store.open(folder)) {
        assertThat(get(store, "c")).isNotNull();
      }
    }
  }

  @Test
  void refusesADamagedJournalAndSaysWhere() throws Exception {
    try (var store = Store.open(folder)) {
      store.create(MAPS, key("a"), object("a", "1"));
      store.create(MAPS, key("b"), object("b", "1"));
    }
    var bytes = Files.readAllBytes(journal());
    bytes[60] ^= 1;
    Files.write(journal(), bytes);

    assertThatThrownBy(() -> Store.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged in line 1")
        .hasMessageContaining("Restore the file from a copy");
    Files.write(journal(), new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
    Store.open(folder).close();
  }

  @Test
  void compactsTheJournalWithoutForgetting() throws Exception {
    var large = "x".repeat(20_000);
    try (var store = Store.open(folder)) {
      store.create(MAPS, key("still"), object("still", "here"));
      var busy = store.create(MAPS, key("busy"), object("busy", large));
      for (var i = 0; i < 900; i++) {
        busy = store.update(busy, object("busy", large + i));
      }
      assertThat(Files.size(journal())).isLessThan(9_000_000);
    }

    try (var store = Store.open(folder)) {
      assertThat(get(store, "busy").tree().path("value").asText()).isEqualTo(large + 899);
      assertThat(get(store, "still")).isNotNull();
      assertThat(store.revision()).isEqualTo(903);
      assertThatThrownBy(() -> store.log(MAPS).after(2))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.why()).isEqualTo(Why.COMPACTED));
    }
  }

  /// The process is killed before the next write; whoever watches knows newer revisions than most
  /// objects have.
  @Test
  void goesOnFromTheNewestRevisionAfterACompaction() throws Exception {
    var large = "x".repeat(20_000);
    long revision;
    try (var store = Store.open(folder)) {
      store.create(MAPS, key("still"), object("still", "here"));
      var busy = store.create(MAPS, key("busy"), object("busy", large));
      long before;
      do {
        before = Files.size(journal());
        busy = store.update(busy, object("busy", large));
      } while (Files.size(journal()) > before);
      revision = store.revision();
    }

    try (var store = Store.open(folder)) {
      assertThat(store.revision()).isEqualTo(revision);
      var made = store.create(MAPS, key("next"), object("next", "1"));
      assertThat(made.revision()).isEqualTo(revision + 1);
      assertThat(store.log(MAPS).after(revision)).hasSize(1);
      assertThatThrownBy(() -> store.log(MAPS).after(revision - 1)).hasMessageContaining("too old");
    }
  }

  /// As a version wrote it that took the last object of a compacted journal for the newest.
  @Test
  void goesOnFromTheNewestRevisionWhereRevisionsWentBack() throws Exception {
    try (var journal = Journal.open(journal(), _ -> {})) {
      journal.append(Journal.base(1000));
      journal.append(Journal.put(stored("still", 500)));
      journal.append(Journal.put(stored("gone", 501)));
      journal.append(Journal.delete(stored("gone", 502)));
    }

    try (var store = Store.open(folder)) {
      assertThat(store.revision()).isEqualTo(1000);
      assertThat(get(store, "gone")).isNull();
      store.create(MAPS, key("next"), object("next", "1"));
      assertThat(store.log(MAPS).after(1000)).hasSize(1);
    }
  }

  private static Stored stored(String name, long revision) {
    return new Stored(MAPS, key(name), revision, Json.bytes(object(name, "1")));
  }

  @Test
  void comparesBeforeItSwaps() throws Exception {
    try (var store = Store.open(folder)) {
      var first = store.create(MAPS, key("a"), object("a", "1"));
      store.update(first, object("a", "2"));

      assertThatThrownBy(() -> store.update(first, object("a", "3")))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.why()).isEqualTo(Why.CHANGED));
      assertThatThrownBy(() -> store.delete(first, object("a", "3")))
          .isInstanceOf(StoreException.class);
      assertThatThrownBy(() -> store.create(MAPS, key("a"), object("a", "3")))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.why()).isEqualTo(Why.EXISTS));
    }
  }

  @Test
  void showsThePast() throws Exception {
    try (var store = Store.open(folder)) {
      var a = store.create(MAPS, key("a"), object("a", "1"));
      var b = store.create(MAPS, key("b"), object("b", "1"));
      var then = store.revision();
      store.update(a, object("a", "2"));
      store.delete(b, object("b", "1"));
      store.create(MAPS, key("c"), object("c", "1"));

      var past = store.listAt(MAPS, "ns", then);

      assertThat(past.objects()).containsExactly(a, b);
      assertThat(store.listAt(MAPS, "other", then).objects()).isEmpty();
    }
  }

  @Test
  void wakesThoseWhoWait() throws Exception {
    try (var store = Store.open(folder);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var from = store.revision();
      var log = store.log(MAPS);
      var waiter =
          threads.submit(() -> {
            log.awaitMillis(from, 60_000);
            return log.after(from);
          });

      store.create(LEASES, key("other"), object("other", "1"));
      store.create(MAPS, key("a"), object("a", "1"));

      assertThat(waiter.get()).extracting(c -> c.object().key().name()).containsExactly("a");
    }
  }

  @Test
  void forgetsOldChangesOfBusyTypesOnly() throws Exception {
    try (var store = Store.open(folder)) {
      var start = store.revision();
      store.create(LEASES, key("calm"), object("calm", "1"));
      var busy = store.create(MAPS, key("busy"), object("busy", "0"));
      for (var i = 0; i < 1100; i++) {
        busy = store.update(busy, object("busy", "" + i));
      }

      assertThat(store.log(LEASES).after(start)).hasSize(1);
      assertThatThrownBy(() -> store.log(MAPS).after(start)).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void ordersConcurrentWrites() throws Exception {
    List<Long> seen = new ArrayList<>();
    try (var store = Store.open(folder)) {
      store.onChange(change -> seen.add(change.revision()));
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (var i = 0; i < 200; i++) {
          var name = "n" + i;
          threads.submit(() -> store.create(MAPS, key(name), object(name, "1")));
        }
      }
      assertThat(store.list(MAPS, "").objects()).hasSize(200);
    }

    assertThat(seen).hasSize(200).isSorted().doesNotHaveDuplicates();
    try (var store = Store.open(folder)) {
      assertThat(store.list(MAPS, "ns").objects()).hasSize(200);
    }
  }

  @Test
  void survivesAnInterruptedWriter() throws Exception {
    try (var store = Store.open(folder)) {
      Thread.currentThread().interrupt();
      store.create(MAPS, key("a"), object("a", "1"));
      assertThat(Thread.interrupted()).isTrue();
      store.create(MAPS, key("b"), object("b", "1"));
    }
    try (var store = Store.open(folder)) {
      assertThat(get(store, "b")).isNotNull();
    }
  }

  @Test
  void readsLinesOfAnyLength() throws Exception {
    var large = "x".repeat(200_000);
    try (var store = Store.open(folder)) {
      store.create(MAPS, key("large"), object("large", large));
      store.create(MAPS, key("small"), object("small", "1"));
    }

    try (var store = Store.open(folder)) {
      assertThat(get(store, "large").tree().path("value").asText()).isEqualTo(large);
      assertThat(get(store, "small")).isNotNull();
    }
  }

  /// The system tells of a failed flush once, and drops what it could not write: a flush that
  /// succeeds afterwards says nothing of what came before.
  @Test
  void acknowledgesNothingAfterAFailedFlush() throws Exception {
    var full = new AtomicBoolean(true);
    Journal.Disk disk =
        file -> {
          if (full.getAndSet(false)) {
            throw new IOException("No space left on device");
          }
        };
    try (var journal = Journal.open(journal(), disk, line -> {})) {
      var stored = new Stored(MAPS, key("a"), 2, new byte[] {'{', '}'});
      var first = journal.append(Journal.put(stored));
      var second = journal.append(Journal.put(stored));

      assertThatThrownBy(() -> journal.force(first)).hasMessageContaining("No space left");
      assertThatThrownBy(() -> journal.force(second)).hasMessageContaining("No space left");
      assertThatThrownBy(() -> journal.append(Journal.put(stored)))
          .hasMessageContaining("No space left");
    }
  }

  /// A request may be under way when the server ends: what it appended is on the disk, and nothing
  /// says that the disk failed.
  @Test
  void isWholeAfterItsEndWhoeverStillWrites() throws Exception {
    var stored = new Stored(MAPS, key("a"), 2, new byte[] {'{', '}'});
    var journal = Journal.open(journal(), _ -> {});
    var mark = journal.append(Journal.put(stored));
    journal.close();

    journal.force(mark);
    assertThatThrownBy(() -> journal.append(Journal.put(stored))).hasMessageContaining("has ended");
    assertThatThrownBy(() -> journal.mend(3, List.of())).hasMessageContaining("has ended");
    assertThatThrownBy(() -> journal.rewrite(3, List.of())).hasMessageContaining("has ended");
    assertThat(journal.trouble()).isEmpty();
    try (var files = Files.list(journal().getParent())) {
      assertThat(files).containsExactly(journal());
    }
  }

  @Test
  void keepsFewChangesInMindWhenTheyAreLarge() throws Exception {
    var large = "x".repeat(1_000_000);
    try (var store = Store.open(folder)) {
      var busy = store.create(MAPS, key("busy"), object("busy", large));
      for (var i = 0; i < 20; i++) {
        busy = store.update(busy, object("busy", large + i));
      }
      var last = busy.revision();

      assertThat(store.log(MAPS).after(last - 3)).hasSize(3);
      assertThatThrownBy(() -> store.log(MAPS).after(last - 15)).hasMessageContaining("too old");
    }
  }

  @Test
  void letsNobodyElseReadItsSecrets() throws Exception {
    var large = "x".repeat(20_000);
    try (var store = Store.open(folder)) {
      assertThat(permissions()).isEqualTo("rw-------");
      var busy = store.create(MAPS, key("busy"), object("busy", large));
      for (var i = 0; i < 450; i++) {
        busy = store.update(busy, object("busy", large + i));
      }
      assertThat(Files.size(journal())).as("compacted").isLessThan(8_000_000);
      assertThat(permissions()).isEqualTo("rw-------");
    }
  }

  private String permissions() throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(journal()));
  }

  @Test
  void belongsToOneServerAtATime() throws Exception {
    try (var store = Store.open(folder)) {
      assertThat(store.revision()).isPositive();
      assertThatThrownBy(() -> Store.open(folder))
          .hasMessageContaining("another API server is using");
    }
    Store.open(folder).close();
  }
}
