// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.objectstore.ObjectStore.ObjectInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What every object store must do; each adapter's test runs it against the real thing.
public abstract class ObjectStoreContract {
  /// An empty store.
  protected abstract ObjectStore store() throws Exception;

  /// The smallest part of a multipart upload but the last.
  private static final int PART = 5 << 20;

  private static Body text(String text) {
    return Body.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /// What an object of so many bytes takes.
  protected long storedSize(long bytes) {
    return bytes;
  }

  private static String read(ObjectStore store, String key, long offset) throws IOException {
    try (var in = store.get(key, offset)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static List<String> keys(ObjectStore store, String prefix) {
    var keys = new ArrayList<String>();
    store.list(prefix, info -> keys.add(info.key()));
    return keys;
  }

  @Test
  void givesBackWhatItWasGiven() throws Exception {
    try (var store = store()) {
      assertThat(store.put("a/b c+ü:=.txt", text("hello"), PutOptions.PLAIN)).isTrue();

      assertThat(read(store, "a/b c+ü:=.txt", 0)).isEqualTo("hello");
      assertThat(read(store, "a/b c+ü:=.txt", 3)).isEqualTo("lo");
      assertThat(store.head("a/b c+ü:=.txt").map(ObjectInfo::sizeBytes)).contains(storedSize(5));
      assertThat(keys(store, "a/")).containsExactly("a/b c+ü:=.txt");
    }
  }

  @Test
  void saysWhatIsNotThere() throws Exception {
    try (var store = store()) {
      assertThat(store.head("none")).isEmpty();
      assertThat(keys(store, "none")).isEmpty();
      assertThat(store.level("").objects()).isEmpty();
      assertThatThrownBy(() -> store.get("none", 0))
          .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isNotFound()).isTrue());
    }
  }

  @Test
  void leavesAloneWhatIsThereWhenAsked() throws Exception {
    try (var store = store()) {
      store.put("once", text("first"), PutOptions.PLAIN);

      assertThat(store.put("once", text("second"), PutOptions.PLAIN.onlyIfAbsent())).isFalse();
      assertThat(read(store, "once", 0)).isEqualTo("first");

      assertThat(store.put("once", text("third"), PutOptions.PLAIN)).isTrue();
      assertThat(read(store, "once", 0)).isEqualTo("third");
      assertThat(store.put("other", text("x"), PutOptions.PLAIN.onlyIfAbsent())).isTrue();
    }
  }

  @Test
  void putsPartsTogetherInTheirOrder() throws Exception {
    try (var store = store()) {
      var bytes = new byte[2 * PART + 17];
      new SplittableRandom(3).nextBytes(bytes);

      try (var upload = store.begin("big", PutOptions.PLAIN)) {
        upload.part(2, Body.of(Arrays.copyOfRange(bytes, PART, 2 * PART)));
        upload.lastPart(3, Body.of(Arrays.copyOfRange(bytes, 2 * PART, bytes.length)));
        upload.part(1, Body.of(Arrays.copyOf(bytes, PART)));
        assertThat(store.head("big")).isEmpty();
        upload.complete();
      }

      try (var in = store.get("big", 0)) {
        assertThat(Arrays.equals(in.readAllBytes(), bytes)).isTrue();
      }
    }
  }

  @Test
  void leavesNothingOfAnUploadGivenUp() throws Exception {
    try (var store = store()) {
      try (var upload = store.begin("given-up", PutOptions.PLAIN)) {
        upload.lastPart(1, text("half"));
      }

      assertThat(store.head("given-up")).isEmpty();
      assertThat(keys(store, "")).isEmpty();
    }
  }

  @Test
  void listsAllInOrderAndOneLevelAsAFolder() throws Exception {
    try (var store = store()) {
      var names = new ArrayList<String>();
      for (int i = 0; i < 25; i++) {
        names.add("x/%02d/leaf".formatted(i));
      }
      names.add("x/top");
      names.add("y");
      for (var name : names) {
        store.put(name, text(name), PutOptions.PLAIN);
      }

      assertThat(keys(store, "")).isEqualTo(names.stream().sorted().toList());
      assertThat(keys(store, "x/1")).hasSize(10);
      var level = store.level("x/");
      assertThat(level.prefixes()).hasSize(25).startsWith("x/00/").endsWith("x/24/");
      assertThat(level.objects()).extracting(ObjectInfo::key).containsExactly("x/top");
    }
  }

  @Test
  void deletesWhatIsThereAndMindsNotWhatIsnt() throws Exception {
    try (var store = store()) {
      store.put("p/a", text("1"), PutOptions.PLAIN);
      store.put("p/b & <c>", text("2"), PutOptions.PLAIN);

      store.delete(List.of("p/a", "p/b & <c>", "p/never"));

      assertThat(keys(store, "")).isEmpty();
    }
  }

  @Test
  void storesAnEmptyObject() throws Exception {
    try (var store = store()) {
      store.put("empty", text(""), PutOptions.PLAIN);

      assertThat(read(store, "empty", 0)).isEmpty();
      assertThat(store.head("empty").map(ObjectInfo::sizeBytes)).contains(storedSize(0));
    }
  }
}
