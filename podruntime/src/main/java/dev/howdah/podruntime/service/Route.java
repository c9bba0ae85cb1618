// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One address that clients connect to, and the endpoints it leads to at the moment.
///
/// Without an endpoint it doesn't listen, so that clients are refused at once. When an endpoint
/// leaves, the connections to it are reset at once, so that clients notice; one that is still being
/// made is led elsewhere.
public final class Route {
  private static final Logger LOG = LoggerFactory.getLogger(Route.class);
  private static final int BACKLOG = 512;

  private final Forwarder forwarder;
  private final InetSocketAddress address;
  private final Set<Relay> relays = new HashSet<>();
  private List<InetSocketAddress> endpoints = List.of();
  private @Nullable ServerSocketChannel listener;
  private int next;

  Route(Forwarder forwarder, InetSocketAddress address) {
    this.forwarder = forwarder;
    this.address = address;
  }

  public InetSocketAddress address() {
    return address;
  }

  /// Leads new connections to `fresh`; connections to endpoints in neither list are cut.
  ///
  /// @return completes when it has happened, exceptionally with an [IOException] when the address
  ///   can't be listened on
  public CompletableFuture<Void> lead(
      List<InetSocketAddress> fresh, Set<InetSocketAddress> draining) {
    List<InetSocketAddress> copy = List.copyOf(fresh);
    return forwarder.submit(() -> {
      endpoints = copy;
      for (Relay relay : List.copyOf(relays)) {
        if (!copy.contains(relay.endpoint()) && !draining.contains(relay.endpoint())) {
          relay.endpointLeft();
        }
      }
      if (copy.isEmpty()) {
        stopListening();
      } else {
        listen();
      }
    });
  }

  /// Stops and cuts all connections.
  public CompletableFuture<Void> close() {
    return lead(List.of(), Set.of());
  }

  private void listen() {
    if (listener != null) {
      return;
    }
    ServerSocketChannel channel = null;
    try {
      channel = ServerSocketChannel.open();
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, BACKLOG);
      channel.configureBlocking(false);
      Forwarder.Ready accept = _ -> accept();
      channel.register(forwarder.selector(), SelectionKey.OP_ACCEPT, accept);
      listener = channel;
    } catch (IOException e) {
      close(channel);
      throw new CompletionException(e);
    }
  }

  private void stopListening() {
    close(listener);
    listener = null;
  }

  private void accept() {
    try {
      while (listener != null) {
        SocketChannel client = listener.accept();
        if (client == null) {
          return;
        }
        client.configureBlocking(false);
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        var relay = new Relay(forwarder, client, this::candidates, relays::remove);
        relays.add(relay);
        relay.start();
      }
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("address", address).setCause(e).log("connection not accepted");
    }
  }

  /// All endpoints, the one whose turn it is first.
  private List<InetSocketAddress> candidates() {
    var order = new ArrayList<InetSocketAddress>(endpoints.size());
    int first = Math.floorMod(next++, Math.max(1, endpoints.size()));
    for (int i = 0; i < endpoints.size(); i++) {
      order.add(endpoints.get((first + i) % endpoints.size()));
    }
    return order;
  }

  private static void close(@Nullable ServerSocketChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.atTrace().setCause(e).log("closing");
      }
    }
  }
}
