// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows a collection: lists it, then streams changes, resuming at the last seen resource
/// version.
///
/// A break is resumed with back-off; when the server no longer has the history (410), the
/// collection is listed again. Of a peer that is gone without a word nothing is heard, as when
/// nothing happens: so requests are short, and one that the server doesn't end in time is cut. The
/// listener runs on the watch's own virtual thread, one call at a time; an exception it throws is
/// logged and the watch goes on.
public final class Watch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final Duration FIRST_DELAY = Duration.ofMillis(100);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(5);

  /// How long one request stays open.
  ///
  /// @param length until the server ends it; the next one goes over the same connection
  /// @param grace until we do if it doesn't: nobody is there, or in between somebody is who
  ///   forwards nothing
  record Rounds(Duration length, Duration grace) {
    /// A server that died is noticed within a minute. A shorter length would be noticed by the
    /// server: a hundred clusters ask it some fifty times a second so.
    static final Rounds USUAL = new Rounds(Duration.ofSeconds(40), Duration.ofSeconds(15));

    /// Up to a quarter shorter: those that began together, as after a restart of the server, don't
    /// stay together.
    Duration next() {
      long millis = length.toMillis();
      return Duration.ofMillis(millis - ThreadLocalRandom.current().nextLong(millis / 4 + 1));
    }
  }

  private final KubeClient client;
  private final Resource resource;
  private final String namespace;
  private final Selection selection;
  private final String single;
  private final Consumer<WatchEvent> listener;
  private final Rounds rounds;
  private final Thread thread;
  private volatile boolean closed;
  private volatile @Nullable InputStream open;
  private String version = "";

  Watch(
      KubeClient client,
      Resource resource,
      String namespace,
      Selection selection,
      String single,
      Consumer<WatchEvent> listener,
      Rounds rounds) {
    this.client = client;
    this.resource = resource;
    this.namespace = namespace;
    this.selection = selection;
    this.single = single;
    this.listener = listener;
    this.rounds = rounds;
    this.thread = Thread.ofVirtual().name("watch-" + resource.plural()).start(this::run);
  }

  /// Ends the watch and waits (a little) until the listener runs no more. Called from the listener
  /// itself, it doesn't wait.
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    closeQuietly(open);
    if (Thread.currentThread() != thread) {
      try {
        thread.join(Duration.ofSeconds(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run() {
    Duration delay = FIRST_DELAY;
    while (!closed) {
      try {
        long start = System.nanoTime();
        round();
        if (System.nanoTime() - start > LONGEST_DELAY.toNanos()) {
          delay = FIRST_DELAY;
        } else {
          delay = pause(delay); // answers that end at once must not become a busy loop
        }
      } catch (KubeException e) {
        if (closed) {
          return;
        }
        if (e.isGone() && (!version.isEmpty() || !single.isEmpty())) {
          LOG.atDebug().addKeyValue("resource", resource.plural()).log("history gone, listing");
          version = "";
          delay = pause(delay);
          continue;
        }
        if (!e.isTransient()) {
          version = "";
        }
        tell(new WatchEvent.Failed(e, delay));
        delay = pause(delay);
      } catch (RuntimeException e) {
        if (!closed) {
          LOG.atError().addKeyValue("resource", resource.plural()).setCause(e).log("watch failed");
          delay = pause(delay);
        }
      }
    }
  }

  private Duration pause(Duration delay) {
    try {
      long half = delay.toMillis() / 2;
      Thread.sleep(half + ThreadLocalRandom.current().nextLong(half + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Duration doubled = delay.multipliedBy(2);
    return doubled.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : doubled;
  }

  private void round() {
    if (version.isEmpty()) {
      tell(new WatchEvent.Listed(current()));
    }
    Map<String, String> parameters = selection.parameters();
    parameters.put("watch", "true");
    if (!version.isEmpty()) {
      // not with one that begins "from now", as that of one object does: servers whose etcd can't
      // tell its progress (before 3.4.31 and 3.5.13) refuse that
      parameters.put("allowWatchBookmarks", "true");
      parameters.put("resourceVersion", version);
    }
    Duration length = rounds.next();
    parameters.put("timeoutSeconds", Long.toString(Math.max(1, length.toSeconds())));
    InputStream stream = client.open(resource.collection(namespace), parameters);
    open = stream;
    var overdue = new CompletableFuture<Void>();
    Executor later =
        CompletableFuture.delayedExecutor(
            length.plus(rounds.grace()).toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
    overdue.completeAsync(() -> null, later).thenRun(() -> closeQuietly(stream));
    try (stream) {
      read(stream);
    } catch (IOException e) {
      throw Transport.broken("watch of " + resource.plural(), e);
    } finally {
      overdue.cancel(false);
      open = null;
    }
  }

  /// What there is now. A single object is read by itself, which a Role for it allows, and watched
  /// from "now": its own version may be older than the server's history.
  private List<ObjectNode> current() {
    if (single.isEmpty()) {
      Listing listing = client.list(resource, namespace, selection);
      version = listing.resourceVersion();
      return listing.items();
    }
    return client.find(resource, namespace, single).map(List::of).orElse(List.of());
  }

  private void read(InputStream stream) throws IOException {
    if (closed) {
      return;
    }
    var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    String line = reader.readLine();
    while (line != null && !closed) {
      if (!line.isEmpty()) {
        handle(Json.parse(line));
      }
      line = reader.readLine();
    }
  }

  private void handle(ObjectNode event) {
    String type = event.path("type").asText();
    if (!(event.path("object") instanceof ObjectNode object)) {
      throw new KubeException(0, "Malformed", "a watch event without an object", null);
    }
    switch (type) {
      case "ADDED", "MODIFIED" -> tell(new WatchEvent.Upserted(object));
      case "DELETED" -> tell(new WatchEvent.Deleted(object));
      case "BOOKMARK" -> {}
      case "ERROR" ->
          throw new KubeException(
              object.path("code").asInt(500),
              object.path("reason").asText("Unknown"),
              object.path("message").asText("watch error"),
              null);
      default -> LOG.atWarn().addKeyValue("type", type).log("unknown watch event ignored");
    }
    version = Json.resourceVersion(object);
  }

  private void tell(WatchEvent event) {
    try {
      listener.accept(event);
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("resource", resource.plural())
          .setCause(e)
          .log("listener of a watch failed");
    }
  }

  private static void closeQuietly(@Nullable InputStream stream) {
    if (stream != null) {
      try {
        stream.close();
      } catch (IOException e) {
        LOG.atTrace().setCause(e).log("closing a watch");
      }
    }
  }
}
