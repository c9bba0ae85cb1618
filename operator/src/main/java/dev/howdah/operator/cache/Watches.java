// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cache;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.kube.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an operator follows: for each kind a watch in every namespace that it looks at, and the
/// mirror that the watch fills.
public final class Watches implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

  private final KubeClient client;
  private final Set<String> namespaces;
  private final List<Watch> watches = new ArrayList<>();
  private final List<Followed> followed = new ArrayList<>();

  private record Followed(Resource resource, Selection selection, List<Mirror<?>> mirrors) {}

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
    followed.add(new Followed(resource, selection, mirrors));
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
    for (Followed kind : followed) {
      for (Mirror<?> mirror : kind.mirrors) {
        if (!mirror.awaitListed(namespaces, each)) {
          return false;
        }
      }
    }
    return true;
  }

  /// Reads these kinds once more, all at once: what was written before this call is known after it,
  /// however late the watches are.
  public void catchUp(Set<Resource> resources) throws InterruptedException {
    var reading = new ArrayList<Thread>();
    for (Followed kind : followed) {
      if (resources.contains(kind.resource)) {
        for (String namespace : namespaces) {
          reading.add(Thread.startVirtualThread(() -> read(kind, namespace)));
        }
      }
    }
    for (Thread thread : reading) {
      thread.join();
    }
  }

  private void read(Followed kind, String namespace) {
    try {
      for (ObjectNode object : client.list(kind.resource, namespace, kind.selection).items()) {
        kind.mirrors.forEach(mirror -> mirror.wrote(object));
      }
    } catch (KubeException e) {
      LOG.atWarn()
          .addKeyValue("kind", kind.resource.kind())
          .addKeyValue("cause", e.getMessage())
          .log("not read again, going on with what the watch says");
    }
  }

  @Override
  public void close() {
    watches.parallelStream().forEach(Watch::close);
  }
}
