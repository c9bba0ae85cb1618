// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import dev.howdah.apiserver.auth.ServiceAccountTokens;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.write.Writer;
import java.time.InstantSource;
import java.util.List;

/// All that the server does by itself.
public final class Controllers implements AutoCloseable {
  private static final List<String> FIRST_NAMESPACES =
      List.of("default", "kube-system", "kube-public", "kube-node-lease");

  private final Worker worker = new Worker();
  private final Roles roles;
  private final Namespaces namespaces;
  private final Definitions definitions;
  private final GarbageCollector garbage;
  private final ClaimProtection claims;
  private final Budgets budgets;
  private final EventExpiry events;

  public Controllers(
      Store store,
      ResourceTypes types,
      Writer writer,
      ServiceAccountTokens tokens,
      String authorityPem,
      InstantSource clock) {
    this.roles = new Roles(store, types, writer, worker);
    this.namespaces = new Namespaces(store, types, writer, worker, authorityPem);
    this.definitions = new Definitions(store, types, writer, worker);
    this.garbage = new GarbageCollector(store, types, writer, worker);
    this.claims = new ClaimProtection(store, types, writer, worker);
    this.budgets = new Budgets(store, types, writer, worker);
    this.events = new EventExpiry(store, writer, worker, clock);
    new AccountSecrets(store, types, writer, tokens, authorityPem).start();
  }

  /// Makes what must exist before the first request.
  public void bootstrap() {
    FIRST_NAMESPACES.forEach(namespaces::ensure);
    roles.bootstrap();
  }

  /// Begins to work.
  public void start() {
    namespaces.start();
    roles.start();
    definitions.start();
    garbage.start();
    claims.start();
    budgets.start();
    events.start();
  }

  @Override
  public void close() {
    worker.close();
  }
}
