// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import dev.howdah.backup.config.StoreConfiguration;
import dev.howdah.kube.Json;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.file.FileStore;
import java.nio.file.Path;

/// An archive in a folder, for the server name `server`, as a Cluster would describe it.
final class FolderStore {
  private FolderStore() {}

  static Stores.Opened open(Path folder) {
    return open(folder, new FileStore(folder), "spec.backup.barmanObjectStore");
  }

  /// @param store what stands for the folder
  /// @param field where the Cluster describes it
  static Stores.Opened open(Path folder, ObjectStore store, String field) {
    var tree = Json.object().put("destinationPath", "file://" + folder);
    return new Stores.Opened(
        store,
        StoreConfiguration.of(tree, "server", (name, key) -> name + key),
        StoreSpec.of(tree, "server", field));
  }
}
