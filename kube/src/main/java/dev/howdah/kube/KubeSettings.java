// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the API server is and how to prove who we are.
///
/// @param server for example `https://10.0.0.1:6443`; a path in it is kept as prefix
/// @param caPem certificates that may sign the server's; null means the runtime's default trust
/// @param credential how requests authenticate
/// @param namespace the namespace meant when the user names none
/// @param insecure do not verify the server (`insecure-skip-tls-verify`)
public record KubeSettings(
    URI server, @Nullable String caPem, Credential credential, String namespace, boolean insecure) {

  /// How requests authenticate.
  public sealed interface Credential {
    record Anonymous() implements Credential {}

    /// A bearer token that doesn't change.
    record Token(String token) implements Credential {
      @Override
      public String toString() {
        return "Token[hidden]";
      }
    }

    /// A bearer token in a file that is replaced from time to time.
    record TokenFile(Path file) implements Credential {}

    /// A client certificate and its key, both PEM.
    record ClientCertificate(String certificatePem, String keyPem) implements Credential {
      @Override
      public String toString() {
        return "ClientCertificate[hidden]";
      }
    }

    /// User name and password.
    record Basic(String user, String password) implements Credential {
      @Override
      public String toString() {
        return "Basic[" + user + "]";
      }
    }
  }

  public KubeSettings {
    String text = server.toString();
    if (text.endsWith("/")) {
      server = URI.create(text.substring(0, text.length() - 1));
    }
  }

  public static KubeSettings of(URI server, @Nullable String caPem, Credential credential) {
    return new KubeSettings(server, caPem, credential, "default", false);
  }

  public static KubeSettings withToken(URI server, @Nullable String caPem, String token) {
    return of(server, caPem, new Credential.Token(token));
  }

  public static KubeSettings withCertificate(
      URI server, @Nullable String caPem, String certificatePem, String keyPem) {
    return of(server, caPem, new Credential.ClientCertificate(certificatePem, keyPem));
  }

  /// What a pod finds: service account files below `root` (`HOWDAH_ROOT`, empty on Kubernetes) and
  /// the address of the API server in its environment.
  public static KubeSettings inCluster(String root, Map<String, String> environment)
      throws IOException {
    Path folder = Path.of(root + "/var/run/secrets/kubernetes.io/serviceaccount");
    String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
    if (host.isEmpty() || !Files.exists(folder.resolve("token"))) {
      throw new IOException(
          "not in a pod: KUBERNETES_SERVICE_HOST is %s and %s %s"
              .formatted(
                  host.isEmpty() ? "not set" : host,
                  folder.resolve("token"),
                  Files.exists(folder.resolve("token")) ? "exists" : "does not exist"));
    }
    String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443");
    String authority = host.contains(":") ? "[" + host + "]" : host;
    Path ca = folder.resolve("ca.crt");
    Path namespace = folder.resolve("namespace");
    return new KubeSettings(
        URI.create("https://" + authority + ":" + port),
        Files.exists(ca) ? Files.readString(ca) : null,
        new Credential.TokenFile(folder.resolve("token")),
        Files.exists(namespace) ? Files.readString(namespace).strip() : "default",
        false);
  }

  /// The current context of a kubeconfig file.
  public static KubeSettings fromKubeconfig(Path file) throws IOException {
    return Kubeconfig.read(file, null);
  }

  /// A named context of a kubeconfig file.
  public static KubeSettings fromKubeconfig(Path file, @Nullable String context)
      throws IOException {
    return Kubeconfig.read(file, context);
  }

  /// The same with another default namespace.
  public KubeSettings namespace(String value) {
    return new KubeSettings(server, caPem, credential, value, insecure);
  }
}
