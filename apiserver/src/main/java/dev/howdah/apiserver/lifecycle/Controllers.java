// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import dev.howdah.apiserver.auth.Credentials;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Writer;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;

/// All that the server does by itself.
public final class Controllers implements AutoCloseable {
  private final Store store;
  private final ResourceTypes types;
  private final Writer writer;

  public Controllers(
      Store store,
      ResourceTypes types,
      Writer writer,
      Credentials credentials,
      InstantSource clock) {
    this.store = store;
    this.types = types;
    this.writer = writer;
  }

  /// Makes what must exist before the first request.
  public void bootstrap() {
    for (var name : List.of("default", "kube-system", "kube-public", "kube-node-lease")) {
      if (store.get(new GroupResource("", "namespaces"), new Key("", name)) == null) {
        var type = Objects.requireNonNull(types.any("", "namespaces"));
        var body = Json.object().put("apiVersion", "v1").put("kind", "Namespace");
        body.putObject("metadata").put("name", name);
        writer.create(Call.internal(type, "", name), body, List.of());
      }
    }
  }

  /// Begins to work.
  public void start() {}

  @Override
  public void close() {}
}
