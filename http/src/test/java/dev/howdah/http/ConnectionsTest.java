// SPDX-License-Identifier: Apache-2.0
package dev.howdah.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Against a server that does just what a test wants of each connection.
class ConnectionsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private ServerSocket server;
  private Connections connections;

  /// What a server does with one connection.
  @FunctionalInterface
  private interface Script {
    void play(BufferedReader in, OutputStream out) throws Exception;
  }

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    connections = connections(Connections.Repeat.READS);
  }

  @AfterEach
  void end() throws IOException {
    connections.close();
    server.close();
  }

  private Connections connections(Connections.Repeat repeat) {
    var base = URI.create("http://127.0.0.1:" + server.getLocalPort());
    return new Connections(base, null, repeat, Toll.NONE);
  }

  private void serve(Script... scripts) {
    Thread.ofVirtual()
        .start(() -> {
          for (Script script : scripts) {
            try {
              play(script, server.accept());
            } catch (IOException e) {
              requests.add("failed: " + e);
            }
          }
        });
  }

  /// Connections beside each other.
  private void serveAtOnce(Script... scripts) {
    var accepting =
        new FutureTask<Void>(() -> {
          for (Script script : scripts) {
            Socket socket = server.accept();
            Thread.ofVirtual().start(() -> play(script, socket));
          }
          return null;
        });
    Thread.ofVirtual().start(accepting);
  }

  private void play(Script script, Socket connection) {
    try (connection) {
      script.play(
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII)),
          connection.getOutputStream());
    } catch (Exception e) {
      requests.add("failed: " + e);
    }
  }

  private void request(BufferedReader in) throws IOException {
    requests.add(in.readLine());
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      // headers
    }
  }

  private static void say(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private String get(Duration limit) throws IOException {
    return send("GET", new Patience(limit, Patience.Covers.ALL));
  }

  private String send(String method, Patience patience) throws IOException {
    try (Answer answer = connections.send(method, "/x", Map.of(), null, patience)) {
      return new String(answer.body().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void keepsAConnectionForTheNextRequest() throws Exception {
    serve((in, out) -> {
      request(in);
      say(out, OK);
      request(in);
      say(
          out,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    });
    assertThat(get(LONG)).isEqualTo("ok");
    assertThat(get(LONG)).isEqualTo("abcde");
    assertThat(requests).containsExactly("GET /x HTTP/1.1", "GET /x HTTP/1.1");
  }

  /// The network has forgotten both, and lets new ones through.
  @Test
  void waitsForOneKeptConnectionInVainAndNotForTheNextOne() throws Exception {
    var both = new CyclicBarrier(2);
    Script swallowed =
        (in, out) -> {
          request(in);
          both.await();
          say(out, OK);
          while (in.readLine() != null) {
            // and no answer
          }
        };
    serveAtOnce(
        swallowed,
        swallowed,
        (in, out) -> {
          request(in);
          say(out, OK);
        });
    var other = new FutureTask<>(() -> get(LONG));
    Thread.ofVirtual().start(other);
    assertThat(get(LONG)).isEqualTo("ok");
    assertThat(other.get()).isEqualTo("ok");

    assertThatThrownBy(() -> get(SHORT)).isInstanceOf(SocketTimeoutException.class);
    assertThat(get(LONG)).isEqualTo("ok");
  }

  @Test
  void readsAgainWhereAKeptConnectionWasClosed() throws Exception {
    Script once =
        (in, out) -> {
          request(in);
          say(out, OK);
        };
    serve(once, once);
    assertThat(get(LONG)).isEqualTo("ok");
    assertThat(get(LONG)).isEqualTo("ok");
  }

  @Test
  void doesNotRepeatWhatMayHaveBeenDone() throws Exception {
    serve(
        (in, out) -> {
          request(in);
          say(out, OK);
          request(in); // and the connection ends without an answer
        },
        (in, out) -> {
          request(in);
          say(out, OK);
        });
    assertThat(get(LONG)).isEqualTo("ok");
    assertThatThrownBy(() -> send("DELETE", new Patience(LONG, Patience.Covers.ALL)))
        .isInstanceOf(IOException.class);
    assertThat(requests).containsExactly("GET /x HTTP/1.1", "DELETE /x HTTP/1.1");
  }

  @Test
  void givesUpOnASilentServer() {
    var never = new CountDownLatch(1);
    serve((in, out) -> never.await());
    assertThatThrownBy(() -> get(SHORT)).isInstanceOf(SocketTimeoutException.class);
    never.countDown();
  }

  @Test
  void givesUpOnABodyThatDripsBeyondTheDeadline() {
    serve((in, out) -> {
      request(in);
      say(out, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
      for (int i = 0; i < 100_000; i++) {
        say(out, "x");
        Thread.sleep(20);
      }
    });
    assertThatThrownBy(() -> get(SHORT)).isInstanceOf(IOException.class);
  }

  @Test
  void endsAStreamThatIsClosedInTheMidstOfARead() throws Exception {
    var never = new CountDownLatch(1);
    serve((in, out) -> {
      request(in);
      say(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
      never.await();
    });
    var limit = Duration.ofSeconds(2); // enough for the head, on a slow machine too
    var patience = new Patience(limit, Patience.Covers.HEAD_OF_STREAM);
    var body = connections.send("GET", "/x", Map.of(), null, patience).body();
    assertThat(body.read()).isEqualTo('a');
    var reader = new Throwable[1];
    Thread reading = Thread.ofVirtual().start(() -> reader[0] = catchThrowable(body::read));
    reading.join(limit.plus(SHORT)); // longer than its limit, which is for the head alone
    assertThat(reading.isAlive()).isTrue();
    body.close();
    assertThat(reading.join(LONG)).isTrue();
    assertThat(reader[0]).isInstanceOf(IOException.class);
    never.countDown();
  }

  /// A stream that has come to its end has given its connection back.
  @Test
  void leavesItsConnectionToTheNextRequestWhenAStreamIsClosedAfterItsEnd() throws Exception {
    var closed = new CountDownLatch(1);
    serve((in, out) -> {
      request(in);
      say(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
      request(in);
      closed.await();
      say(out, OK);
    });
    var patience = new Patience(LONG, Patience.Covers.HEAD_OF_STREAM);
    var stream = connections.send("GET", "/x", Map.of(), null, patience);
    assertThat(stream.body().readAllBytes()).hasSize(1);
    var next = new FutureTask<>(() -> send("DELETE", new Patience(LONG, Patience.Covers.ALL)));
    Thread.ofVirtual().start(next);
    await().atMost(LONG).until(() -> requests.size() == 2);
    stream.close();
    closed.countDown();
    assertThat(next.get()).isEqualTo("ok");
  }

  @Test
  void endsRequestsThatGoOnWhenItIsClosed() throws Exception {
    var never = new CountDownLatch(1);
    var asked = new CountDownLatch(1);
    serve((in, out) -> {
      request(in);
      asked.countDown();
      never.await();
    });
    var failure = new Throwable[1];
    Thread asking = Thread.ofVirtual().start(() -> failure[0] = catchThrowable(() -> get(LONG)));
    asked.await();
    connections.close();
    assertThat(asking.join(LONG)).isTrue();
    assertThat(failure[0]).isInstanceOf(IOException.class);
    never.countDown();
  }
}
