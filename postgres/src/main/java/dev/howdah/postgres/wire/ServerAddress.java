// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// Where a server listens.
public sealed interface ServerAddress {
  /// A Unix socket in this folder, where the operating system vouches for who we are.
  record Local(Path folder, int port) implements ServerAddress {
    @Override
    public String toString() {
      return folder.resolve(".s.PGSQL." + port).toString();
    }
  }

  /// A network address.
  ///
  /// @param tls what to present and whom to trust; null to connect in the clear
  /// @param serverName the name that the server's certificate has to carry; empty to trust any that
  ///   the authority signed
  record Remote(String host, int port, @Nullable SSLContext tls, String serverName)
      implements ServerAddress {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /// Connects; the socket's read timeout is set to the limit.
  default Socket connect(Duration limit) throws IOException {
    int millis = Math.clamp(limit.toMillis(), 1, Integer.MAX_VALUE);
    return switch (this) {
      case Local local -> {
        var socket = new UnixSocket(Path.of(local.toString()));
        socket.setSoTimeout(millis);
        socket.connect();
        yield socket;
      }
      case Remote remote -> {
        var socket = new Socket();
        try {
          socket.connect(new InetSocketAddress(remote.host(), remote.port()), millis);
          socket.setTcpNoDelay(true);
          socket.setSoTimeout(millis);
          yield remote.tls() == null ? socket : secured(socket, remote, remote.tls());
        } catch (IOException e) {
          socket.close();
          throw e;
        }
      }
    };
  }

  /// Asks the server for TLS (PostgreSQL manual, 53.2.10) and shakes hands.
  private static Socket secured(Socket socket, Remote remote, SSLContext tls) throws IOException {
    socket.getOutputStream().write(new byte[] {0, 0, 0, 8, 0x04, (byte) 0xd2, 0x16, 0x2f});
    int answer = socket.getInputStream().read();
    if (answer != 'S') {
      throw new IOException(remote + " does not offer TLS");
    }
    String name = remote.serverName().isEmpty() ? remote.host() : remote.serverName();
    var secure = (SSLSocket) tls.getSocketFactory().createSocket(socket, name, remote.port(), true);
    if (!remote.serverName().isEmpty()) {
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
    }
    secure.startHandshake();
    return secure;
  }
}
