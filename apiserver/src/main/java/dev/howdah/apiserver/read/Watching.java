// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.read;

import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.http.WebSocket;
import dev.howdah.apiserver.request.AnswerForm;
import dev.howdah.apiserver.store.Store;
import java.io.IOException;
import java.io.OutputStream;

/// Serves watches, as a stream of lines or over a WebSocket.
public final class Watching {
  private final Store store;

  public Watching(Store store) {
    this.store = store;
  }

  /// Serves one watch to its end.
  public void serve(Exchange exchange, Selection selection, AnswerForm form) throws IOException {
    var options = WatchOptions.of(exchange);
    var watcher = Thread.currentThread();
    if (WebSocket.wanted(exchange)) {
      try {
        overWebSocket(exchange, selection, options, form, watcher);
      } finally {
        Thread.interrupted();
      }
      return;
    }
    try (var out = exchange.stream(200, "application/json")) {
      exchange.onDisconnect(watcher::interrupt);
      new Watch(store, selection, options, form, lines(out)).run();
    } finally {
      Thread.interrupted();
    }
  }

  private static Watch.Sink lines(OutputStream out) {
    return new Watch.Sink() {
      @Override
      public void event(byte[] json) throws IOException {
        out.write(json);
        out.write('\n');
      }

      @Override
      public void flush() throws IOException {
        out.flush();
      }
    };
  }

  private void overWebSocket(
      Exchange exchange, Selection selection, WatchOptions options, AnswerForm form, Thread watcher)
      throws IOException {
    var socket = WebSocket.accept(exchange, "");
    Thread.ofVirtual()
        .name("watch-client")
        .start(() -> {
          try {
            while (socket.read() != null) {
              // clients have nothing to say here
            }
          } catch (IOException _) {
            // gone
          }
          watcher.interrupt();
        });
    new Watch(store, selection, options, form, messages(socket)).run();
    socket.close(1000, "");
  }

  private static Watch.Sink messages(WebSocket socket) {
    return new Watch.Sink() {
      @Override
      public void event(byte[] json) throws IOException {
        socket.sendText(json);
      }

      @Override
      public void flush() {}
    };
  }
}
