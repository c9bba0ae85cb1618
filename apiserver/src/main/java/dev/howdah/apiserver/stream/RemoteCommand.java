// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.stream;

import dev.howdah.apiserver.PodBackend;
import dev.howdah.apiserver.PodBackend.TerminalSize;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.http.WebSocket;
import dev.howdah.apiserver.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Exec and attach over a WebSocket: the first byte of each message says which stream it belongs
/// to.
final class RemoteCommand {
  /// Which streams the client wants.
  record Wanted(boolean stdin, boolean stdout, boolean stderr, boolean tty) {
    static Wanted of(Exchange exchange) {
      var tty = isTrue(exchange, "tty");
      var wanted =
          new Wanted(
              isTrue(exchange, "stdin"),
              isTrue(exchange, "stdout"),
              isTrue(exchange, "stderr") && !tty,
              tty);
      if (!wanted.stdin && !wanted.stdout && !wanted.stderr) {
        throw ApiException.badRequest("you must specify at least 1 of stdin, stdout, stderr");
      }
      return wanted;
    }

    private static boolean isTrue(Exchange exchange, String name) {
      var value = exchange.query(name);
      return value.equals("true") || value.equals("1");
    }
  }

  /// Runs the program with the client's streams and returns its exit code.
  interface Program {
    int run(PodBackend.Streams streams) throws IOException, InterruptedException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(RemoteCommand.class);
  private static final List<String> PROTOCOLS =
      List.of("v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io");
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;
  private static final int CLOSE = 255;
  private static final int RESIZES = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Channels channels;
  private final Wanted wanted;
  private final Pipe stdin = new Pipe();
  private final BlockingQueue<TerminalSize> resizes = new ArrayBlockingQueue<>(RESIZES);

  private RemoteCommand(Channels channels, Wanted wanted) {
    this.channels = channels;
    this.wanted = wanted;
  }

  static void run(Exchange exchange, Wanted wanted, Program program) throws IOException {
    if (!WebSocket.wanted(exchange)) {
      throw ApiException.badRequest(
          "Upgrade request required: exec and attach need a WebSocket; SPDY is not supported");
    }
    var offered = WebSocket.offered(exchange);
    var protocol = offered.stream().filter(PROTOCOLS::contains).findFirst().orElse("");
    if (protocol.isEmpty()) {
      throw ApiException.badRequest(
          "none of the WebSocket protocols offered is supported: use one of " + PROTOCOLS);
    }
    var socket = WebSocket.accept(exchange, protocol);
    var channels = new Channels(socket, protocol.contains("base64"));
    new RemoteCommand(channels, wanted).run(program);
  }

  private void run(Program program) throws IOException {
    var runner = Thread.currentThread();
    Thread.ofVirtual().name("exec-input").start(() -> readAll(runner));
    var streams =
        new PodBackend.Streams(
            wanted.stdin() ? stdin.input() : null,
            wanted.stdout() ? output(STDOUT) : null,
            wanted.stderr() ? output(STDERR) : null,
            resizes);
    try {
      awaitReader();
      var status = status(program, streams);
      Thread.interrupted(); // the client may have left meanwhile; then the next lines fail
      channels.send(ERROR, status, 0, status.length);
      channels.close();
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("the client of a remote command went away");
    } finally {
      stdin.close();
    }
  }

  /// What comes before kubectl has made its streams it may discard (kubernetes#131203), and it
  /// begins to read just before it makes them. Whoever doesn't answer gets its output all the same.
  private void awaitReader() throws IOException {
    var reads = new CountDownLatch(1);
    channels.ping(reads::countDown);
    try {
      if (!reads.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.debug("the client of a remote command answers no ping");
      }
    } catch (InterruptedException _) {
      throw new IOException("the client went away");
    }
  }

  private static byte[] status(Program program, PodBackend.Streams streams) throws IOException {
    try {
      var code = program.run(streams);
      return code == 0 ? success() : exitCode(code);
    } catch (PodBackend.Refused e) {
      return Json.bytes(PodStreams.refused(e).status());
    } catch (InterruptedException _) {
      throw new IOException("the client went away");
    } catch (IOException e) {
      return Json.bytes(
          ApiException.internal("error executing command: " + e.getMessage()).status());
    }
  }

  private static byte[] success() {
    var status = Json.object();
    status.putObject("metadata");
    return Json.bytes(status.put("status", "Success"));
  }

  private static byte[] exitCode(int code) {
    var status = Json.object();
    status.putObject("metadata");
    status.put("status", "Failure");
    status.put("message", "command terminated with non-zero exit code: exit code " + code);
    status.put("reason", "NonZeroExitCode");
    status
        .putObject("details")
        .putArray("causes")
        .addObject()
        .put("reason", "ExitCode")
        .put("message", Integer.toString(code));
    return Json.bytes(status);
  }

  private OutputStream output(int channel) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int count) throws IOException {
        channels.send(channel, bytes, offset, count);
      }
    };
  }

  private void readAll(Thread runner) {
    try {
      for (var message = channels.read(); message != null; message = channels.read()) {
        take(message);
      }
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("the client of a remote command went away");
    } finally {
      stdin.close();
      runner.interrupt();
    }
  }

  private void take(Channels.Message message) throws IOException {
    switch (message.channel()) {
      case STDIN -> stdin.put(message.payload());
      case RESIZE -> {
        var size = Json.read(message.payload());
        var terminal = new TerminalSize(size.path("Width").asInt(), size.path("Height").asInt());
        while (!resizes.offer(terminal)) {
          resizes.poll(); // only the newest matters
        }
      }
      case CLOSE -> {
        if (message.payload().length == 1 && message.payload()[0] == STDIN) {
          stdin.end();
        }
      }
      default -> {
        // nothing a client should send
      }
    }
  }
}
