// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.crypt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.ObjectStoreContract;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.file.FileStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncryptedStoreTest extends ObjectStoreContract {
  private static final int CHUNK = ObjectCipher.CHUNK;
  private static final String NAME = "srv/base/20261121T100000/data.tar.zst";
  @TempDir private Path folder;

  private static String key(int seed) {
    var bytes = new byte[32];
    new SplittableRandom(seed).nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private ObjectStore with(Map<String, String> keys, String active) {
    return new EncryptedStore(
        new FileStore(folder), ClientKeys.of(keys, active, "the Secret backup-keys"));
  }

  @Override
  protected ObjectStore store() {
    return with(Map.of("first", key(1)), "first");
  }

  @Override
  protected long storedSize(long bytes) {
    return bytes + 8 + 1 + "first".length() + 8 + 32 + 4 + 16;
  }

  private static byte[] random(int length) {
    var bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }

  private static byte[] read(ObjectStore store, String name, long offset) throws IOException {
    try (var in = store.get(name, offset)) {
      return in.readAllBytes();
    }
  }

  private Path stored(String name) {
    return folder.resolve(name + EncryptedStore.SUFFIX);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7})
  void givesBackEachLengthFromEachBoundary(int length) throws Exception {
    var bytes = random(length);
    try (var store = store()) {
      store.put(NAME, Body.of(bytes), PutOptions.PLAIN);

      for (int offset : new int[] {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, length}) {
        if (offset <= length) {
          assertThat(read(store, NAME, offset))
              .isEqualTo(Arrays.copyOfRange(bytes, offset, length));
        }
      }
    }
  }

  @Test
  void givesBackPartsFromAnywhere() throws Exception {
    var bytes = random(5 * CHUNK + 9);
    try (var store = store()) {
      try (var upload = store.begin(NAME, PutOptions.PLAIN)) {
        upload.part(1, Body.of(Arrays.copyOf(bytes, 2 * CHUNK)));
        upload.part(2, Body.of(Arrays.copyOfRange(bytes, 2 * CHUNK, 4 * CHUNK)));
        upload.lastPart(3, Body.of(Arrays.copyOfRange(bytes, 4 * CHUNK, bytes.length)));
        upload.complete();
      }

      for (int offset : new int[] {0, 2 * CHUNK, 3 * CHUNK + 5, 4 * CHUNK + 1}) {
        assertThat(read(store, NAME, offset))
            .isEqualTo(Arrays.copyOfRange(bytes, offset, bytes.length));
      }
    }
  }

  @Test
  void sendsTheSameBytesWhenARequestIsRepeatedAndNeverTheContent() throws Exception {
    var cipher = ObjectCipher.create(ClientKeys.of(Map.of("k", key(1)), "k", "x"), NAME);
    var text = "a secret that nobody may read".repeat(9000).getBytes(StandardCharsets.UTF_8);
    var body = new SealedBody(Body.of(text), cipher, 1, true, cipher.head(0));

    var first = body.open().readAllBytes();

    assertThat(body.open().readAllBytes()).isEqualTo(first).hasSize((int) body.length());
    assertThat(new String(first, StandardCharsets.ISO_8859_1)).doesNotContain("secret");
  }

  @Test
  void refusesWhatWasChangedCutOffMovedOrTakenFromElsewhere() throws Exception {
    try (var store = store()) {
      store.put(NAME, Body.of(random(3 * CHUNK)), PutOptions.PLAIN);
      var whole = Files.readAllBytes(stored(NAME));
      int head = whole.length - 3 * (CHUNK + 16);

      var spoilt = new ArrayList<byte[]>();
      for (int at : new int[] {head - 1, head, head + CHUNK + 20, whole.length - 1}) {
        var one = whole.clone();
        one[at] ^= 1;
        spoilt.add(one);
      }
      spoilt.add(Arrays.copyOf(whole, whole.length - 1));
      spoilt.add(Arrays.copyOf(whole, head + 2 * (CHUNK + 16))); // cut off between two chunks
      spoilt.add(Arrays.copyOf(whole, head));
      var exchanged = whole.clone();
      System.arraycopy(whole, head, exchanged, head + CHUNK + 16, CHUNK + 16);
      System.arraycopy(whole, head + CHUNK + 16, exchanged, head, CHUNK + 16);
      spoilt.add(exchanged);
      for (var bytes : spoilt) {
        Files.write(stored(NAME), bytes);
        assertThatThrownBy(() -> read(store, NAME, 0))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("can't be decrypted");
      }

      Files.createDirectories(folder.resolve("srv/base/other"));
      Files.write(stored("srv/base/other/data.tar.zst"), whole);
      assertThatThrownBy(() -> read(store, "srv/base/other/data.tar.zst", 0))
          .hasMessageContaining("another object's content");
    }
  }

  @Test
  void readsACopyOfTheArchiveUnderAnotherServersName() throws Exception {
    try (var store = store()) {
      store.put(NAME, Body.of(random(10)), PutOptions.PLAIN);
      var copy = NAME.replace("srv/", "copy/");
      Files.createDirectories(folder.resolve(copy).getParent());
      Files.copy(stored(NAME), stored(copy));

      assertThat(read(store, copy, 0)).isEqualTo(random(10));
    }
  }

  @Test
  void readsWithEachKeyThatThereIsAndWritesWithTheActiveOne() throws Exception {
    try (var store = store()) {
      store.put("srv/a", Body.of(random(1)), PutOptions.PLAIN);
    }
    try (var plain = new FileStore(folder)) {
      plain.put("srv/before", Body.of(random(2)), PutOptions.PLAIN);
    }
    try (var store = with(Map.of("first", key(1), "second", key(2)), "second")) {
      store.put("srv/b", Body.of(random(3)), PutOptions.PLAIN);

      assertThat(read(store, "srv/a", 0)).hasSize(1);
      assertThat(read(store, "srv/before", 0)).hasSize(2);
    }
    try (var off = with(Map.of("first", key(1), "second", key(2)), "")) {
      assertThat(read(off, "srv/b", 0)).hasSize(3);
      off.put("srv/c", Body.of(random(4)), PutOptions.PLAIN);
      assertThat(folder.resolve("srv/c")).exists();
      off.delete(java.util.List.of("srv/a", "srv/b", "srv/c", "srv/before"));
      assertThat(off.level("srv/").objects()).isEmpty();
    }
  }

  @Test
  void saysWhichKeyIsMissingOrAnother() {
    try (var store = store()) {
      store.put(NAME, Body.of(random(1)), PutOptions.PLAIN);
    }
    try (var store = with(Map.of("second", key(2)), "second")) {
      assertThatThrownBy(() -> store.get(NAME, 0))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("encrypted with the key \"first\"; the Secret backup-keys doesn't");
    }
    try (var store = with(Map.of("first", key(3)), "first")) {
      assertThatThrownBy(() -> store.get(NAME, 0))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("another key than \"first\" of the Secret backup-keys is now");
    }
    try (var store = new EncryptedStore(new FileStore(folder), ClientKeys.none("name a Secret"))) {
      assertThatThrownBy(() -> store.list("srv/", _ -> {}))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("is encrypted; name a Secret");
      assertThatThrownBy(() -> store.get(NAME, 0)).hasMessageContaining("is encrypted");
      assertThatThrownBy(() -> store.head(NAME)).hasMessageContaining("is encrypted");
    }
  }

  @Test
  void neverWritesWithAnotherKeyUnderTheNameOfOneThatWasUsed() throws Exception {
    try (var store = store()) {
      store.put("srv/a", Body.of(random(1)), PutOptions.PLAIN);
    }
    try (var store = with(Map.of("first", key(3)), "first")) {
      assertThatThrownBy(() -> store.put("srv/b", Body.of(random(1)), PutOptions.PLAIN))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NO_KEY))
          .hasMessageContaining("another key than \"first\" of the Secret backup-keys is now")
          .hasMessageContaining("put the former one back");
      assertThatThrownBy(() -> store.begin("srv/b", PutOptions.PLAIN))
          .hasMessageContaining("another key than \"first\"");
      assertThat(stored("srv/b")).doesNotExist();
      store.put("new/b", Body.of(random(1)), PutOptions.PLAIN); // another server's folder
    }
    try (var store = with(Map.of("first", key(1), "second", key(3)), "second")) {
      store.put("srv/b", Body.of(random(1)), PutOptions.PLAIN);
      assertThat(read(store, "srv/a", 0)).hasSize(1);
    }
  }

  @Test
  void neverWritesPlainBesideEncryptedObjectsUnlessThatWasSaid() throws Exception {
    try (var store = store()) {
      store.put("srv/wals/a", Body.of(random(1)), PutOptions.PLAIN);
      assertThat(store.level("srv/").prefixes()).containsExactly("srv/wals/");
    }
    try (var lost = new EncryptedStore(new FileStore(folder), ClientKeys.none("name a Secret"))) {
      assertThatThrownBy(() -> lost.put("srv/b", Body.of(random(1)), PutOptions.PLAIN))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("srv/ in ")
          .hasMessageContaining("is encrypted with the key \"first\"")
          .hasMessageContaining("name a Secret (SECRET/KEY; or SECRET/- to write plain");
      assertThatThrownBy(() -> lost.begin("srv/b", PutOptions.PLAIN))
          .hasMessageContaining("nothing is written plain there by mistake");
      assertThat(folder.resolve("srv/b")).doesNotExist();
      lost.put("other/b", Body.of(random(1)), PutOptions.PLAIN);
    }
    try (var said = with(Map.of("first", key(1)), "")) {
      assertThat(said.put("srv/b", Body.of(random(1)), PutOptions.PLAIN)).isTrue();
    }
  }

  @Test
  void takesAnObjectInTheOtherFormForOneThatIsThere() throws Exception {
    var once = PutOptions.PLAIN.onlyIfAbsent();
    try (var plain = new FileStore(folder)) {
      plain.put("srv/wals/a", Body.of(random(1)), once);
    }
    try (var store = store()) {
      assertThat(store.put("srv/wals/a", Body.of(random(2)), once)).isFalse();
      assertThat(store.put("srv/wals/b", Body.of(random(3)), once)).isTrue();
      assertThat(read(store, "srv/wals/a", 0)).hasSize(1);
    }
    try (var off = with(Map.of("first", key(1)), "")) {
      assertThat(off.put("srv/wals/b", Body.of(random(4)), once)).isFalse();
      assertThat(read(off, "srv/wals/b", 0)).hasSize(3);
    }
  }

  @Test
  void refusesKeysOfAnotherFormWithoutRepeatingThem() {
    for (var bad : new String[] {"hunter2", "aGVsbG8=", ""}) {
      assertThatThrownBy(() -> ClientKeys.of(Map.of("k", bad), "k", "the Secret s"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the Secret s: \"k\" is not 32 bytes in base64")
          .hasMessageNotContaining("hunter2");
    }
    assertThatThrownBy(() -> ClientKeys.of(Map.of("k", key(1)), "other", "the Secret s"))
        .hasMessageContaining("has no key \"other\"");
    assertThat(ClientKeys.of(Map.of("k", key(1)), "k", "s").toString()).isEqualTo("ClientKeys[k]");
  }
}
