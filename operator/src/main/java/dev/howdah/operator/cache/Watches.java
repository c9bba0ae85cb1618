// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cache;

import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.kube.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What an operator follows: for each kind a watch in every namespace that it looks at, and the
/// mirror that the watch fills.
public final class Watches implements AutoCloseable {
  private final KubeClient client;
  private final Set<String> namespaces;
  private final List<Watch> watches = new ArrayList<>();
  private final List<Mirror<?>> followed = new ArrayList<>();

  /// @param namespaces to look at; empty: all
  public Watches(KubeClient client, Set<String> namespaces) {
    this.client = client;
    this.namespaces = namespaces.isEmpty() ? Set.of("") : namespaces;
  }

  /// Begins to fill mirrors.
  public void follow(Resource resource, Selection selection, List<Mirror<?>> mirrors) {
    for (String namespace : namespaces) {
      watches.add(
          client.watch(
              resource,
              namespace,
              selection,
              event -> mirrors.forEach(mirror -> mirror.accept(namespace, event))));
    }
    followed.addAll(mirrors);
  }

  /// Begins to fill a mirror.
  public void follow(Resource resource, Selection selection, Mirror<?> mirror) {
    follow(resource, selection, List.of(mirror));
  }

  /// Begins to fill a mirror of objects that are in no namespace; nobody waits for it.
  public void followUnscoped(Resource resource, Mirror<?> mirror) {
    watches.add(client.watch(resource, "", Selection.ALL, event -> mirror.accept("", event)));
  }

  /// Waits until all that is followed was read once.
  ///
  /// @return false: not within this time
  public boolean awaitListed(Duration each) throws InterruptedException {
    for (Mirror<?> mirror : followed) {
      if (!mirror.awaitListed(namespaces, each)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    watches.parallelStream().forEach(Watch::close);
  }
}
