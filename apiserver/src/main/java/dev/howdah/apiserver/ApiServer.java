// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A Kubernetes API server inside this process: durable, on loopback, with its own certificate
/// authority.
public final class ApiServer implements AutoCloseable {
  /// Where the state lives, where to listen (port 0: any free one), and from which loopback range
  /// Services get their cluster addresses.
  public record Settings(Path dataDir, String host, int port, String serviceRange) {
    /// The range Services get by default; the pods' addresses must come from another one.
    public static final String SERVICE_RANGE = "127.96.0.0/16";

    public Settings(Path dataDir, String host, int port) {
      this(dataDir, host, port, SERVICE_RANGE);
    }
  }

  private ApiServer() {}

  /// Starts to serve; returns when requests are answered. Throws [StartException] with what to do
  /// about it when the folder is in use by another server, the port is taken, or the state cannot
  /// be read.
  public static ApiServer start(Settings settings, List<Admission> admissions, PodBackend pods) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// The server cannot start; the message says why and what to do.
  public static final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StartException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// `https://127.0.0.1:<port>`.
  public URI uri() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// The certificate authority that signed the server's certificate, as PEM.
  public String caPem() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Writes a kubeconfig for an administrator (group `system:masters`), readable only by its owner
  /// (mode 0600).
  public void writeKubeconfig(Path file) throws IOException {
    writeKubeconfig(file, User.of("kubernetes-admin", User.MASTERS), "default");
  }

  /// Writes a kubeconfig with a client certificate for any user, mode 0600.
  public void writeKubeconfig(Path file, User user, String namespace) throws IOException {
    throw new UnsupportedOperationException("not built yet");
  }

  /// The kubeconfig of [#writeKubeconfig(Path, User, String)] as YAML text. Holds a private key.
  public String kubeconfig(User user, String namespace) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// A bearer token for a service account, which must exist; valid for the given time. Pods get
  /// theirs from here (or by TokenRequest); `pod` may be empty, or the name of the pod the token is
  /// bound to.
  public String serviceAccountToken(
      String namespace, String serviceAccount, String pod, Duration validity) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Stops serving: watches and streams end, the journal is closed.
  @Override
  public void close() {}
}
