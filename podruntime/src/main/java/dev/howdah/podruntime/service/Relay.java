// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One forwarded connection. Lives on the forwarder's thread.
final class Relay {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  /// Reads in a row from one connection before others get their turn.
  private static final int TURNS = 4;

  /// One direction. `pending` holds what the receiver couldn't take; the sender waits meanwhile.
  private static final class Flow {
    private @Nullable ByteBuffer pending;
    private boolean ended;
  }

  private final Forwarder forwarder;
  private final SocketChannel client;
  private final Supplier<List<InetSocketAddress>> candidates;
  private final Set<InetSocketAddress> tried = new HashSet<>();
  private final Consumer<Relay> onClose;
  private final Flow toServer = new Flow();
  private final Flow toClient = new Flow();
  private @Nullable SocketChannel server;
  private @Nullable InetSocketAddress endpoint;
  private boolean connected;
  private boolean closed;

  /// @param candidates where it may lead to at the moment, best first
  Relay(
      Forwarder forwarder,
      SocketChannel client,
      Supplier<List<InetSocketAddress>> candidates,
      Consumer<Relay> onClose) {
    this.forwarder = forwarder;
    this.client = client;
    this.candidates = candidates;
    this.onClose = onClose;
  }

  /// Where it leads to, or tries to.
  @Nullable InetSocketAddress endpoint() {
    return endpoint;
  }

  /// Its endpoint isn't one any more. Nobody has said anything yet while it isn't connected, so
  /// another endpoint does as well.
  void endpointLeft() {
    if (connected) {
      abort();
    } else {
      dropServer();
      start();
    }
  }

  /// Connects to the first candidate that answers; without any, the client's connection is reset.
  void start() {
    while (!closed) {
      endpoint = candidates.get().stream().filter(tried::add).findFirst().orElse(null);
      if (endpoint == null) {
        abort();
        return;
      }
      try {
        var channel = SocketChannel.open();
        server = channel;
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (channel.connect(endpoint)) {
          connected();
        } else {
          Forwarder.Ready ready = this::finishConnect;
          channel.register(forwarder.selector(), SelectionKey.OP_CONNECT, ready);
        }
        return;
      } catch (IOException e) {
        dropServer();
      }
    }
  }

  private void finishConnect(SelectionKey key) {
    SocketChannel channel = server;
    if (closed || channel == null) {
      return;
    }
    try {
      if (channel.finishConnect()) {
        key.interestOps(0);
        connected();
      }
    } catch (IOException e) {
      dropServer();
      start();
    }
  }

  private void connected() throws IOException {
    SocketChannel channel = server;
    if (channel == null) {
      return;
    }
    connected = true;
    Forwarder.Ready serverReady = key -> ready(key, toClient, toServer, client);
    Forwarder.Ready clientReady = key -> ready(key, toServer, toClient, channel);
    channel.register(forwarder.selector(), SelectionKey.OP_READ, serverReady);
    client.register(forwarder.selector(), SelectionKey.OP_READ, clientReady);
  }

  /// A channel can be read or written: `out` is the flow that starts there, `in` the one that ends
  /// there.
  private void ready(SelectionKey key, Flow out, Flow in, SocketChannel other) {
    try {
      var self = (SocketChannel) key.channel();
      if (key.isWritable()) {
        drain(key, in, self, other);
      }
      if (!closed && key.isValid() && key.isReadable()) {
        pump(key, out, self, other);
      }
    } catch (IOException e) {
      abort();
    }
  }

  private void pump(SelectionKey key, Flow flow, SocketChannel from, SocketChannel to)
      throws IOException {
    for (int turn = 0; turn < TURNS; turn++) {
      ByteBuffer buffer = forwarder.buffer();
      int count = from.read(buffer);
      if (count == 0) {
        return;
      }
      if (count < 0) {
        flow.ended = true;
        key.interestOpsAnd(~SelectionKey.OP_READ);
        to.shutdownOutput();
        closeIfDone();
        return;
      }
      boolean full = !buffer.hasRemaining();
      to.write(buffer.flip());
      if (buffer.hasRemaining()) {
        flow.pending = ByteBuffer.allocateDirect(buffer.remaining()).put(buffer).flip();
        key.interestOpsAnd(~SelectionKey.OP_READ);
        interest(to, SelectionKey.OP_WRITE);
        return;
      }
      if (!full) {
        return; // most likely that was all: spares a read that finds nothing
      }
    }
  }

  private void drain(SelectionKey key, Flow flow, SocketChannel to, SocketChannel from)
      throws IOException {
    ByteBuffer pending = flow.pending;
    if (pending != null) {
      to.write(pending);
      if (pending.hasRemaining()) {
        return;
      }
      flow.pending = null;
    }
    key.interestOpsAnd(~SelectionKey.OP_WRITE);
    if (!flow.ended) {
      interest(from, SelectionKey.OP_READ);
    }
  }

  private void interest(SocketChannel channel, int operation) {
    SelectionKey key = channel.keyFor(forwarder.selector());
    if (key != null && key.isValid()) {
      key.interestOpsOr(operation);
    }
  }

  private void closeIfDone() {
    if (toServer.ended && toClient.ended) {
      end(false);
    }
  }

  /// Ends both sides with a reset.
  void abort() {
    end(true);
  }

  private void end(boolean reset) {
    if (closed) {
      return;
    }
    closed = true;
    close(client, reset);
    close(server, reset);
    onClose.accept(this);
  }

  private void dropServer() {
    close(server, true);
    server = null;
  }

  private static void close(@Nullable SocketChannel channel, boolean reset) {
    if (channel == null) {
      return;
    }
    try {
      if (reset) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException e) {
      LOG.atTrace().setCause(e).log("already broken");
    }
    try {
      channel.close();
    } catch (IOException e) {
      LOG.atTrace().setCause(e).log("closing");
    }
  }
}
