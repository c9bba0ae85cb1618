// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.file.FileStore;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupCatalogTest {
  private static final String OLD = "20200101T000000";
  private static final String NEW = "20261121T000000";

  /// A retention policy that deletes a backup at the moment when somebody is about to read it.
  private static final class Cleaned extends ForwardingStore {
    Cleaned(FileStore store) {
      super(store);
    }

    @Override
    public InputStream get(String key, long offset) {
      if (key.contains(OLD)) {
        delete(List.of(key));
      }
      return super.get(key, offset);
    }
  }

  @Test
  void doesntCountABackupThatIsDeletedWhileItLists(@TempDir Path dir) {
    try (var store = new Cleaned(new FileStore(dir))) {
      for (var id : List.of(OLD, NEW)) {
        var info = "status=DONE\n".getBytes(StandardCharsets.UTF_8);
        store.put("main/base/" + id + "/backup.info", Body.of(info), PutOptions.PLAIN);
      }
      var listing = new BackupCatalog(store, "main").list();

      assertThat(listing.entries()).extracting(entry -> entry.info().id()).containsExactly(NEW);
      assertThat(listing.unreadable()).isEmpty();
    }
  }
}
