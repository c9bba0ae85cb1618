// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Watches of a server that keeps their time, through a network that may lose it.
class WatchTest {
  private static final Duration ENOUGH = Duration.ofMinutes(1);
  private static final Pattern TIME = Pattern.compile("timeoutSeconds=(\\d+)");
  private static final Pattern PLACE = Pattern.compile("resourceVersion=(\\d+)");

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<WatchEvent> events = new CopyOnWriteArrayList<>();
  private final AtomicInteger revision = new AtomicInteger(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private HttpServer server;
  private Network network;
  private KubeClient client;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
    network = new Network(server.getAddress().getPort(), threads);
    client = new KubeClient(KubeSettings.withToken(network.uri(), null, "secret"));
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    network.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private void serve(HttpExchange exchange) throws IOException {
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    requests.add(query);
    exchange.sendResponseHeaders(200, 0);
    try (var out = exchange.getResponseBody()) {
      if (!query.contains("watch=true")) {
        out.write(bytes("{'metadata':{'resourceVersion':'%d'},'items':[]}"));
        return;
      }
      long end = System.nanoTime() + Duration.ofSeconds(number(TIME, query)).toNanos();
      int place = number(PLACE, query);
      out.flush();
      while (System.nanoTime() < end) {
        if (revision.get() > place) {
          place = revision.get();
          out.write(
              bytes(
                  "{'type':'ADDED','object':{'metadata':{'name':'a','resourceVersion':'%d'}}}\n"));
          out.flush();
        }
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private byte[] bytes(String text) {
    return text.formatted(revision.get()).replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  private static int number(Pattern pattern, String query) {
    Matcher matcher = pattern.matcher(query);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  private Watch watch(Duration grace) {
    var rounds = new Watch.Rounds(Duration.ofSeconds(1), grace);
    return client.watch(Resource.PODS, "n", Selection.ALL, events::add, rounds);
  }

  private long told(Class<? extends WatchEvent> kind) {
    return events.stream().filter(kind::isInstance).count();
  }

  @Test
  void hearsAgainWhenTheNetworkHasSwallowedItsConnection() {
    try (Watch _ = watch(Duration.ofSeconds(1))) {
      await().atMost(ENOUGH).until(() -> told(WatchEvent.Listed.class) == 1);
      revision.set(2);
      await().atMost(ENOUGH).until(() -> told(WatchEvent.Upserted.class) == 1);

      network.swallow();
      revision.set(3);

      await().atMost(ENOUGH).until(() -> told(WatchEvent.Upserted.class) == 2);
    }

    assertThat(told(WatchEvent.Failed.class)).isPositive();
    assertThat(told(WatchEvent.Listed.class)).isEqualTo(1);
    assertThat(requests.getLast()).contains("allowWatchBookmarks=true");
  }

  @Test
  void goesOnOverOneConnectionWhileNothingHappens() {
    try (Watch _ = watch(ENOUGH)) {
      await().atMost(ENOUGH).until(() -> requests.size() >= 4);
    }

    assertThat(network.opened()).isEqualTo(1);
    assertThat(told(WatchEvent.Failed.class)).isZero();
  }

  @Test
  void noticesWithinAMinuteThatNobodyIsThere() {
    var usual = Watch.Rounds.USUAL;

    assertThat(usual.length().plus(usual.grace())).isLessThanOrEqualTo(Duration.ofMinutes(1));
    for (int i = 0; i < 100; i++) {
      assertThat(usual.next())
          .isBetween(usual.length().multipliedBy(3).dividedBy(4), usual.length());
    }
  }

  /// Between client and server; may begin to swallow what goes over its connections, without a
  /// word.
  private static final class Network implements AutoCloseable {
    private final ServerSocket entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Socket> all = ConcurrentHashMap.newKeySet();
    private final Set<Socket> swallowed = ConcurrentHashMap.newKeySet();
    private final AtomicInteger opened = new AtomicInteger();

    Network(int server, ExecutorService threads) throws IOException {
      threads.submit(() -> {
        while (true) {
          Socket near = entrance.accept();
          Socket far = new Socket(InetAddress.getLoopbackAddress(), server);
          opened.incrementAndGet();
          all.addAll(List.of(near, far));
          threads.submit(() -> forward(near, far));
          threads.submit(() -> forward(far, near));
        }
      });
    }

    URI uri() {
      return URI.create("http://127.0.0.1:" + entrance.getLocalPort());
    }

    int opened() {
      return opened.get();
    }

    /// The connections that are there stay open and carry nothing any more; new ones do.
    void swallow() {
      swallowed.addAll(all);
    }

    private Void forward(Socket from, Socket to) throws IOException {
      try (from;
          to) {
        byte[] some = new byte[8192];
        for (int n = from.getInputStream().read(some);
            n >= 0;
            n = from.getInputStream().read(some)) {
          if (!swallowed.contains(from)) {
            to.getOutputStream().write(some, 0, n);
          }
        }
        while (swallowed.contains(from) && !entrance.isClosed()) {
          Thread.sleep(20); // its end is swallowed, too
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return null;
    }

    @Override
    public void close() throws IOException {
      entrance.close();
      for (Socket socket : all) {
        socket.close();
      }
    }
  }
}
