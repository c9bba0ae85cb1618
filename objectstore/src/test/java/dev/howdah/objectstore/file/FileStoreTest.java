// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.file;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.ObjectStoreContract;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest extends ObjectStoreContract {
  @TempDir private Path folder;

  @Override
  protected ObjectStore store() {
    return new FileStore(folder);
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
