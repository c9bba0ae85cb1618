// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.http.WebSocket;
import dev.howdah.apiserver.json.Meta;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Serves the streaming subresources of pods by the backend that runs them.
public final class PodStreams {
  private final PodBackend backend;
  private final InstantSource clock;

  public PodStreams(PodBackend backend, InstantSource clock) {
    this.backend = backend;
    this.clock = clock;
  }

  /// `pods/log`.
  public void log(Exchange exchange, ObjectNode pod) throws IOException {
    var request =
        new PodBackend.LogRequest(
            container(exchange, pod),
            exchange.query("follow").equals("true"),
            exchange.query("previous").equals("true"),
            exchange.query("timestamps").equals("true"),
            whole(exchange, "tailLines"),
            since(exchange),
            limit(exchange));
    var reader = Thread.currentThread();
    try (var out = new LazyStream(exchange, reader)) {
      backend.logs(identity(pod), request, out);
      out.begin();
    } catch (PodBackend.Refused e) {
      throw refused(e);
    } catch (InterruptedException _) {
      throw new IOException("the client went away");
    } finally {
      Thread.interrupted();
    }
  }

  // Begins the answer with the first byte, so that a refusal before it can have a status of its
  // own.
  private static final class LazyStream extends OutputStream {
    private final Exchange exchange;
    private final Thread reader;
    private @Nullable OutputStream out;

    LazyStream(Exchange exchange, Thread reader) {
      this.exchange = exchange;
      this.reader = reader;
    }

    OutputStream begin() throws IOException {
      var begun = out;
      if (begun == null) {
        begun = exchange.stream(200, "text/plain");
        exchange.onDisconnect(reader::interrupt);
        out = begun;
      }
      return begun;
    }

    @Override
    public void write(int b) throws IOException {
      begin().write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      begin().write(bytes, offset, count);
    }

    @Override
    public void flush() throws IOException {
      begin().flush();
    }

    @Override
    public void close() throws IOException {
      var begun = out;
      if (begun != null) {
        begun.close();
      }
    }
  }

  private @Nullable Instant since(Exchange exchange) {
    var seconds = whole(exchange, "sinceSeconds");
    if (seconds != null) {
      return clock.instant().minusSeconds(seconds);
    }
    var time = exchange.query("sinceTime");
    try {
      return time.isEmpty() ? null : Instant.parse(time);
    } catch (DateTimeParseException _) {
      throw ApiException.badRequest("sinceTime must be a time, not \"" + time + "\"");
    }
  }

  private static @Nullable Integer whole(Exchange exchange, String name) {
    var text = exchange.query(name);
    try {
      return text.isEmpty() ? null : Integer.valueOf(text);
    } catch (NumberFormatException _) {
      throw ApiException.badRequest(name + " must be a number, not \"" + text + "\"");
    }
  }

  private static @Nullable Long limit(Exchange exchange) {
    var bytes = whole(exchange, "limitBytes");
    return bytes == null ? null : Long.valueOf(bytes);
  }

  /// `pods/exec`.
  public void exec(Exchange exchange, ObjectNode pod) throws IOException {
    var command = exchange.query().getOrDefault("command", List.of());
    if (command.isEmpty()) {
      throw ApiException.badRequest("you must specify at least 1 command for the container");
    }
    var container = container(exchange, pod);
    var wanted = RemoteCommand.Wanted.of(exchange);
    var request = new PodBackend.ExecRequest(container, command, wanted.tty());
    RemoteCommand.run(exchange, wanted, streams -> backend.exec(identity(pod), request, streams));
  }

  /// `pods/attach`.
  public void attach(Exchange exchange, ObjectNode pod) throws IOException {
    var container = container(exchange, pod);
    var wanted = RemoteCommand.Wanted.of(exchange);
    var request = new PodBackend.AttachRequest(container, wanted.tty());
    RemoteCommand.run(exchange, wanted, streams -> backend.attach(identity(pod), request, streams));
  }

  /// `pods/portforward`.
  public void portForward(Exchange exchange, ObjectNode pod) throws IOException {
    if (!WebSocket.wanted(exchange)) {
      throw ApiException.badRequest(
          "port forwarding needs a WebSocket; SPDY without one is not supported");
    }
    var offered = WebSocket.offered(exchange);
    if (offered.contains(SpdyTunnel.PROTOCOL)) {
      var socket = WebSocket.accept(exchange, SpdyTunnel.PROTOCOL);
      new SpdyTunnel(socket, port -> connect(pod, port)).run();
      return;
    }
    ChannelForward.serve(exchange, offered, port -> connect(pod, port));
  }

  private PodBackend.Connection connect(ObjectNode pod, int port) throws IOException {
    try {
      return backend.connect(identity(pod), port);
    } catch (UncheckedIOException e) {
      throw new IOException(String.valueOf(e.getMessage()), e);
    }
  }

  static ApiException refused(PodBackend.Refused e) {
    var reason =
        switch (e.code()) {
          case 404 -> "NotFound";
          case 503 -> "ServiceUnavailable";
          case 500 -> "InternalError";
          default -> "BadRequest";
        };
    return ApiException.of(
        e.code(), reason, String.valueOf(e.getMessage()), ApiException.Subject.NONE, List.of());
  }

  private static PodBackend.Pod identity(ObjectNode pod) {
    return new PodBackend.Pod(Meta.namespace(pod), Meta.name(pod), Meta.uid(pod));
  }

  private static String container(Exchange exchange, ObjectNode pod) {
    var wanted = exchange.query("container");
    var main = names(pod, "containers");
    if (wanted.isEmpty()) {
      if (main.size() == 1) {
        return main.getFirst();
      }
      var init = names(pod, "initContainers");
      throw ApiException.badRequest(
          "a container name must be specified for pod %s, choose one of: %s%s"
              .formatted(
                  Meta.name(pod),
                  main.toString().replace(",", ""),
                  init.isEmpty()
                      ? ""
                      : " or one of the init containers: " + init.toString().replace(",", "")));
    }
    if (!main.contains(wanted)
        && !names(pod, "initContainers").contains(wanted)
        && !names(pod, "ephemeralContainers").contains(wanted)) {
      throw ApiException.badRequest(
          "container %s is not valid for pod %s".formatted(wanted, Meta.name(pod)));
    }
    return wanted;
  }

  private static List<String> names(ObjectNode pod, String field) {
    var names = new ArrayList<String>();
    pod.path("spec").path(field).forEach(c -> names.add(c.path("name").asText()));
    return names;
  }
}
