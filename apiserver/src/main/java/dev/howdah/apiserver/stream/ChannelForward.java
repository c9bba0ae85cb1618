// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.stream;

import dev.howdah.apiserver.PodBackend;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.http.WebSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Port forwarding over WebSocket channels, one connection per port: channel 2n carries the data of
/// the n-th port, 2n + 1 its errors; both begin with the port's number. This is what the fabric8
/// and Python clients speak.
final class ChannelForward {
  /// Connects to a port of the pod.
  interface Connector {
    PodBackend.Connection connect(int port) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(ChannelForward.class);
  private static final List<String> PROTOCOLS =
      List.of("v4.channel.k8s.io", "v4.base64.channel.k8s.io", "portforward.k8s.io");
  private static final int BUFFER = 16 * 1024;

  private ChannelForward() {}

  static void serve(Exchange exchange, List<String> offered, Connector connector)
      throws IOException {
    var ports = new ArrayList<Integer>();
    for (var list : exchange.query().getOrDefault("ports", List.of())) {
      for (var port : list.split(",")) {
        ports.add(port(port));
      }
    }
    if (ports.isEmpty()) {
      throw ApiException.badRequest("query parameter \"ports\" is required");
    }
    var protocol = offered.stream().filter(PROTOCOLS::contains).findFirst().orElse("");
    var socket = WebSocket.accept(exchange, protocol);
    var channels = new Channels(socket, protocol.contains("base64"));
    for (var i = 0; i < ports.size(); i++) {
      var number = new byte[] {(byte) (int) ports.get(i), (byte) (ports.get(i) >> 8)};
      channels.send(2 * i, number, 0, 2);
      channels.send(2 * i + 1, number, 0, 2);
    }
    forward(channels, ports, connector);
  }

  private static int port(String text) {
    try {
      var port = Integer.parseInt(text.strip());
      if (port > 0 && port < 65536) {
        return port;
      }
    } catch (NumberFormatException _) {
      // as any other bad one
    }
    throw ApiException.badRequest("\"" + text + "\" is not a port");
  }

  private static void forward(Channels channels, List<Integer> ports, Connector connector)
      throws IOException {
    var connections = new ArrayList<PodBackend.Connection>();
    try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        for (var i = 0; i < ports.size(); i++) {
          var connection = connect(channels, i, ports.get(i), connector);
          if (connection == null) {
            channels.close();
            return;
          }
          connections.add(connection);
          var data = 2 * i;
          tasks.submit(() -> toClient(channels, data, connection));
        }
        for (var message = channels.read(); message != null; message = channels.read()) {
          if (message.channel() % 2 == 0 && message.channel() / 2 < connections.size()) {
            var out = connections.get(message.channel() / 2).output();
            out.write(message.payload());
            out.flush();
          }
        }
      } catch (IOException e) {
        LOG.atDebug().setCause(e).log("a forwarded connection ended");
      } finally {
        for (var connection : connections) {
          connection.close();
        }
      }
    }
  }

  private static PodBackend.@org.jspecify.annotations.Nullable Connection connect(
      Channels channels, int index, int port, Connector connector) throws IOException {
    try {
      return connector.connect(port);
    } catch (IOException e) {
      var text =
          ("cannot connect to port " + port + ": " + e.getMessage())
              .getBytes(StandardCharsets.UTF_8);
      channels.send(2 * index + 1, text, 0, text.length);
      return null;
    }
  }

  private static void toClient(Channels channels, int channel, PodBackend.Connection connection) {
    var buffer = new byte[BUFFER];
    try {
      var in = connection.input();
      for (var count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        channels.send(channel, buffer, 0, count);
      }
      channels.close();
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("a forwarded connection ended");
    }
  }
}
