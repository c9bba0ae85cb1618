// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.stream;

import dev.howdah.apiserver.PodBackend;
import dev.howdah.apiserver.http.WebSocket;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Port forwarding as kubectl does it: SPDY/3.1 frames inside the messages of a WebSocket. For each
/// connection the client opens two streams, one for errors and one for data, tied by a request
/// number.
final class SpdyTunnel {
  static final String PROTOCOL = "SPDY/3.1+portforward.k8s.io";

  private static final Logger LOG = LoggerFactory.getLogger(SpdyTunnel.class);
  private static final int SYN_STREAM = 1;
  private static final int SYN_REPLY = 2;
  private static final int RST_STREAM = 3;
  private static final int PING = 6;
  private static final int FIN = 1;
  private static final int BUFFER = 16 * 1024;
  private static final int MAX_FRAME = 1 << 24;

  // A data stream, and the error stream that goes with it.
  private record Forward(int dataStream, int errorStream, int port, Pipe incoming) {}

  private final WebSocket socket;
  private final ChannelForward.Connector connector;
  private final SpdyHeaders headers = new SpdyHeaders();
  private final ReentrantLock sending = new ReentrantLock();
  private final Map<String, Integer> errorStreams = new ConcurrentHashMap<>();
  private final Map<Integer, Forward> forwards = new ConcurrentHashMap<>();

  SpdyTunnel(WebSocket socket, ChannelForward.Connector connector) {
    this.socket = socket;
    this.connector = connector;
  }

  void run() throws IOException {
    try (var tasks = Executors.newVirtualThreadPerTaskExecutor();
        headers) {
      try (var in = new DataInputStream(messages())) {
        while (frame(in, tasks)) {
          // one at a time
        }
      } catch (IOException e) {
        LOG.atDebug().setCause(e).log("a forwarding client went away");
      } finally {
        forwards.values().forEach(f -> f.incoming().close());
        tasks.shutdownNow();
      }
    }
    socket.close(1000, "");
  }

  private InputStream messages() {
    return new InputStream() {
      private byte[] current = new byte[0];
      private int position;

      private boolean fill() throws IOException {
        while (position == current.length) {
          var message = socket.read();
          if (message == null) {
            return false;
          }
          current = message.payload();
          position = 0;
        }
        return true;
      }

      @Override
      public int read() throws IOException {
        return fill() ? current[position++] & 0xff : -1;
      }

      @Override
      public int read(byte[] target, int offset, int count) throws IOException {
        if (count == 0) {
          return 0;
        }
        if (!fill()) {
          return -1;
        }
        var length = Math.min(count, current.length - position);
        System.arraycopy(current, position, target, offset, length);
        position += length;
        return length;
      }
    };
  }

  private boolean frame(DataInputStream in, ExecutorService tasks) throws IOException {
    int head;
    try {
      head = in.readInt();
    } catch (EOFException _) {
      return false;
    }
    var second = in.readInt();
    var flags = second >>> 24;
    var length = second & (MAX_FRAME - 1);
    var payload = in.readNBytes(length);
    if (payload.length < length) {
      return false;
    }
    if (head < 0) {
      control(head & 0xffff, flags, payload, tasks);
    } else {
      data(head, flags, payload);
    }
    return true;
  }

  private void data(int stream, int flags, byte[] payload) throws IOException {
    var forward = forwards.get(stream);
    if (forward != null) {
      forward.incoming().put(payload);
      if ((flags & FIN) != 0) {
        forward.incoming().end();
      }
    }
  }

  private void control(int type, int flags, byte[] payload, ExecutorService tasks)
      throws IOException {
    switch (type) {
      case SYN_STREAM -> open(payload, flags, tasks);
      case PING -> send(0x80030000 | PING, 0, payload, payload.length);
      case RST_STREAM -> {
        var forward = forwards.get(ByteBuffer.wrap(payload).getInt() & 0x7fffffff);
        if (forward != null) {
          forward.incoming().close();
        }
      }
      default -> {
        // settings, window updates, goodbye: nothing to do
      }
    }
  }

  private void open(byte[] payload, int flags, ExecutorService tasks) throws IOException {
    var stream = ByteBuffer.wrap(payload).getInt() & 0x7fffffff;
    var pairs = headers.read(payload, 10);
    reply(stream);
    var request = pairs.getOrDefault("requestid", "");
    if (pairs.getOrDefault("streamtype", "").equals("error")) {
      errorStreams.put(request, stream);
      return;
    }
    var errors = errorStreams.remove(request);
    var port = Integer.parseInt(pairs.getOrDefault("port", "0"));
    var forward = new Forward(stream, errors == null ? 0 : errors, port, new Pipe());
    forwards.put(stream, forward);
    if ((flags & FIN) != 0) {
      forward.incoming().end();
    }
    tasks.submit(() -> serve(forward, tasks));
  }

  private void reply(int stream) throws IOException {
    sending.lock();
    try {
      var block = headers.none();
      var payload = ByteBuffer.allocate(4 + block.length).putInt(stream).put(block).array();
      send(0x80030000 | SYN_REPLY, 0, payload, payload.length);
    } finally {
      sending.unlock();
    }
  }

  private void send(int head, int flags, byte[] payload, int length) throws IOException {
    var frame = ByteBuffer.allocate(8 + length);
    frame.putInt(head).putInt(flags << 24 | length).put(payload, 0, length);
    sending.lock();
    try {
      socket.sendBinary(frame.array());
    } finally {
      sending.unlock();
    }
  }

  private void serve(Forward forward, ExecutorService tasks) {
    @Nullable String failure = null;
    try (var connection = connector.connect(forward.port())) {
      var upstream = tasks.submit(() -> toPod(forward, connection));
      try {
        toClient(forward, connection.input());
      } catch (IOException e) {
        // PostgreSQL ends sessions with a reset; kubectl would take that for a lost pod and stop
        LOG.atDebug().setCause(e).log("a forwarded connection was cut");
      }
      upstream.cancel(true);
    } catch (IOException e) {
      failure = "error forwarding port %d to the pod: %s".formatted(forward.port(), e.getMessage());
    } finally {
      forward.incoming().close();
      forwards.remove(forward.dataStream());
    }
    finish(forward, failure);
  }

  private void finish(Forward forward, @Nullable String failure) {
    try {
      var text = failure == null ? new byte[0] : failure.getBytes(StandardCharsets.UTF_8);
      if (forward.errorStream() != 0) {
        send(forward.errorStream(), FIN, text, text.length);
      }
      send(forward.dataStream(), FIN, new byte[0], 0);
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("a forwarding client went away");
    }
  }

  private static void toPod(Forward forward, PodBackend.Connection connection) {
    try (var out = connection.output()) {
      forward.incoming().input().transferTo(out);
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("a forwarded connection ended");
    }
  }

  private void toClient(Forward forward, InputStream in) throws IOException {
    var buffer = new byte[BUFFER];
    for (var count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      send(forward.dataStream(), 0, buffer, count);
    }
  }
}
