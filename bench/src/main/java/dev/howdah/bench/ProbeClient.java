// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import static dev.howdah.bench.BenchCluster.NAME;
import static dev.howdah.bench.BenchCluster.NAMESPACE;

import dev.howdah.e2e.embedded.EmbeddedHowdah;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Tls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;

/// Asks one instance manager as a kubelet does: each time over a new TLS connection.
///
/// @param context trusts the cluster's authority; a plain socket checks no host name
record ProbeClient(String address, SSLContext context) {
  private static final int PORT = 8000;
  private static final int PATIENCE_MILLIS = 1000;

  static ProbeClient of(BenchCluster cluster, String address)
      throws IOException, GeneralSecurityException {
    var ca = cluster.howdah().client().get(Resource.SECRETS, NAMESPACE, NAME + "-ca");
    return new ProbeClient(address, Tls.context(EmbeddedHowdah.decoded(ca, "ca.crt"), null, null));
  }

  /// Whether the answer is 200.
  boolean isAnswered(String path) {
    try (var plain = new Socket()) {
      plain.connect(new InetSocketAddress(address, PORT), PATIENCE_MILLIS);
      plain.setSoTimeout(PATIENCE_MILLIS);
      try (var socket = context.getSocketFactory().createSocket(plain, address, PORT, true)) {
        socket
            .getOutputStream()
            .write(
                "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                    .formatted(path, address)
                    .getBytes(StandardCharsets.US_ASCII));
        var head = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
        return new String(head, StandardCharsets.US_ASCII).endsWith(" 200");
      }
    } catch (IOException e) {
      return false;
    }
  }
}
