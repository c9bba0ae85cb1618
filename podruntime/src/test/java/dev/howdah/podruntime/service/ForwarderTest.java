// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ForwarderTest {
  private Forwarder forwarder;
  private InetSocketAddress address;

  @BeforeEach
  void open() throws IOException {
    forwarder = new Forwarder();
    // an address that nobody else is given a port of
    var random = ThreadLocalRandom.current();
    address =
        new InetSocketAddress(
            "127.88.%d.%d".formatted(random.nextInt(256), 1 + random.nextInt(254)), 7432);
  }

  @AfterEach
  void close() {
    forwarder.close();
  }

  /// Says its name, then echoes.
  private static ServerSocket echo(String name) throws IOException {
    var server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try {
              Socket socket = server.accept();
              Thread.ofVirtual()
                  .start(() -> {
                    try (socket) {
                      socket.getOutputStream().write(name.getBytes());
                      socket.getInputStream().transferTo(socket.getOutputStream());
                    } catch (IOException e) {
                      assertThat(e).isNotNull();
                    }
                  });
            } catch (IOException e) {
              return;
            }
          }
        });
    return server;
  }

  private static InetSocketAddress address(ServerSocket server) {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  private Socket connect() throws IOException {
    return new Socket(address.getAddress(), address.getPort());
  }

  private static void lead(Route route, InetSocketAddress... to) throws Exception {
    route.lead(List.of(to), Set.of()).get(60, TimeUnit.SECONDS);
  }

  @Test
  void refusesConnectionsWhileThereIsNoEndpoint() throws Exception {
    Route route = forwarder.route(address);
    assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
    try (var server = echo("a")) {
      lead(route, address(server));
      try (var client = connect()) {
        assertThat(client.getInputStream().read()).isEqualTo('a');
      }

      lead(route);

      assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void cutsConnectionsToAnEndpointThatLeavesAndLeadsToTheNext() throws Exception {
    Route route = forwarder.route(address);
    try (var a = echo("a");
        var b = echo("b")) {
      lead(route, address(a));
      try (var client = connect()) {
        assertThat(client.getInputStream().read()).isEqualTo('a');

        long start = System.nanoTime();
        lead(route, address(b));

        assertThatThrownBy(() -> client.getInputStream().read())
            .isInstanceOf(SocketException.class)
            .hasMessageContaining("reset");
        assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
      }
      try (var client = connect()) {
        assertThat(client.getInputStream().read()).isEqualTo('b');
      }
    }
  }

  /// A primary that goes and the next one may both be known before the forwarder gets to either.
  @Test
  void listensAgainThoughItHasOnlyJustStopped() throws Exception {
    Route route = forwarder.route(address);
    try (var a = echo("a");
        var b = echo("b")) {
      lead(route, address(a));
      var busy = new CompletableFuture<Void>();
      forwarder.submit(busy::join);
      var left = route.lead(List.of(), Set.of());
      var back = route.lead(List.of(address(b)), Set.of());
      busy.complete(null);
      left.get(60, TimeUnit.SECONDS);
      back.get(60, TimeUnit.SECONDS);
      try (var client = connect()) {
        assertThat(client.getInputStream().read()).isEqualTo('b');
      }
    }
  }

  @Test
  void keepsConnectionsToADrainingEndpoint() throws Exception {
    Route route = forwarder.route(address);
    try (var a = echo("a");
        var b = echo("b")) {
      lead(route, address(a));
      try (var client = connect()) {
        assertThat(client.getInputStream().read()).isEqualTo('a');

        route.lead(List.of(address(b)), Set.of(address(a))).get(60, TimeUnit.SECONDS);

        client.getOutputStream().write('x');
        assertThat(client.getInputStream().read()).isEqualTo('x');
      }
    }
  }

  @Test
  void triesTheNextEndpointWhenOneRefuses() throws Exception {
    Route route = forwarder.route(address);
    try (var dead = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        var a = echo("a")) {
      InetSocketAddress gone = address(dead);
      dead.close();
      lead(route, gone, address(a));

      for (int i = 0; i < 4; i++) {
        try (var client = connect()) {
          assertThat(client.getInputStream().read()).isEqualTo('a');
        }
      }
    }
  }

  @Test
  void leadsAConnectionThatIsStillBeingMadeToTheEndpointOfTheMoment() throws Exception {
    Route route = forwarder.route(address);
    var waiting = new ArrayList<SocketChannel>();
    try (var hung = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        var b = echo("b")) {
      for (int i = 0; i < 4; i++) { // nobody accepts: what doesn't fit the queue isn't answered
        var channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.connect(address(hung));
        waiting.add(channel);
      }
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> connected(waiting) >= 2);
      lead(route, address(hung));
      try (var client = connect()) {
        client.setSoTimeout(60_000);

        lead(route, address(b));

        assertThat(client.getInputStream().read()).isEqualTo('b');
      }
    } finally {
      for (var channel : waiting) {
        channel.close();
      }
    }
  }

  /// A queue of one holds two.
  private static int connected(List<SocketChannel> channels) throws IOException {
    int connected = 0;
    for (var channel : channels) {
      connected += channel.finishConnect() ? 1 : 0;
    }
    return connected;
  }

  @Test
  void resetsAConnectionWhenNoEndpointAnswersOrIsLeft() throws Exception {
    Route route = forwarder.route(address);
    try (var dead = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      InetSocketAddress gone = address(dead);
      dead.close();
      lead(route, gone);

      assertThatThrownBy(
              () -> {
                try (var client = connect()) {
                  client.getInputStream().read();
                }
              })
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
    }
  }

  @Test
  void carriesMuchDataBothWaysAndHalfCloses() throws Exception {
    Route route = forwarder.route(address);
    byte[] data = new byte[20_000_000];
    new Random(1).nextBytes(data);
    try (var a = echo("a")) {
      lead(route, address(a));
      try (var client = connect()) {
        Thread.ofVirtual()
            .start(() -> {
              try {
                client.getOutputStream().write(data);
                client.shutdownOutput();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
        assertThat(client.getInputStream().read()).isEqualTo('a');

        byte[] back = client.getInputStream().readAllBytes();

        assertThat(back).isEqualTo(data);
      }
    }
  }
}
