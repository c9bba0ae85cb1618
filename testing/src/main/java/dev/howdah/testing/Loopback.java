// SPDX-License-Identifier: Apache-2.0
package dev.howdah.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/// Addresses of this machine's own (127.0.0.0/8), so that servers of several tests can use the same
/// port at once.
public final class Loopback {
  private Loopback() {}

  /// A loopback address on which nobody listens on this port now.
  public static String freeAddress(int port) {
    var random = ThreadLocalRandom.current();
    for (int attempt = 0; attempt < 100; attempt++) {
      String address =
          "127.%d.%d.%d"
              .formatted(random.nextInt(64, 128), random.nextInt(256), random.nextInt(1, 255));
      try (var _ = new ServerSocket(port, 1, InetAddress.ofLiteral(address))) {
        return address;
      } catch (IOException e) {
        // taken: try the next one
      }
    }
    throw new IllegalStateException("no free loopback address found for port " + port);
  }

  /// A port on which nobody listens on this address now.
  public static int freePort(String address) {
    try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral(address))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException("no free port found on " + address, e);
    }
  }
}
