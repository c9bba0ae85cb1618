// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// Reads kubectl's configuration file.
final class Kubeconfig {
  private final Path file;
  private final JsonNode root;

  private Kubeconfig(Path file, JsonNode root) {
    this.file = file;
    this.root = root;
  }

  static KubeSettings read(Path file, @Nullable String context) throws IOException {
    JsonNode root = new YAMLMapper().readTree(Files.readString(file));
    if (root == null || !root.isObject()) {
      throw new IOException(file + " is empty or not a kubeconfig file");
    }
    return new Kubeconfig(file, root).settings(context);
  }

  private KubeSettings settings(@Nullable String wanted) throws IOException {
    String name = wanted == null ? root.path("current-context").asText("") : wanted;
    if (name.isEmpty()) {
      throw new IOException(
          file + " has no current-context; choose one with: kubectl config use-context NAME");
    }
    JsonNode context = entry("contexts", "context", name);
    JsonNode cluster = entry("clusters", "cluster", context.path("cluster").asText(""));
    String user = context.path("user").asText("");
    String server = cluster.path("server").asText("");
    try {
      return new KubeSettings(
          new URI(server.isEmpty() ? "http://localhost:8080" : server),
          data(cluster, "certificate-authority"),
          user.isEmpty() ? new KubeSettings.Credential.Anonymous() : credential(user),
          context.path("namespace").asText("default"),
          cluster.path("insecure-skip-tls-verify").asBoolean(false));
    } catch (URISyntaxException e) {
      throw new IOException(file + ": server \"" + server + "\" is not a URL", e);
    }
  }

  private KubeSettings.Credential credential(String name) throws IOException {
    JsonNode user = entry("users", "user", name);
    String certificate = data(user, "client-certificate");
    String key = data(user, "client-key");
    if (certificate != null && key != null) {
      return new KubeSettings.Credential.ClientCertificate(certificate, key);
    }
    if (user.hasNonNull("token")) {
      return new KubeSettings.Credential.Token(user.path("token").asText().strip());
    }
    if (user.hasNonNull("tokenFile")) {
      return new KubeSettings.Credential.TokenFile(resolve(user.path("tokenFile").asText()));
    }
    if (user.hasNonNull("username")) {
      return new KubeSettings.Credential.Basic(
          user.path("username").asText(), user.path("password").asText(""));
    }
    if (user.hasNonNull("exec") || user.hasNonNull("auth-provider")) {
      throw new IOException(
          "%s: user %s logs in through an external program, which is not supported; use a token, e.g. from: kubectl create token SERVICEACCOUNT"
              .formatted(file, name));
    }
    return new KubeSettings.Credential.Anonymous();
  }

  private JsonNode entry(String list, String field, String name) throws IOException {
    for (JsonNode item : root.path(list)) {
      if (item.path("name").asText().equals(name)) {
        return item.path(field);
      }
    }
    throw new IOException("%s has no entry named \"%s\" in %s".formatted(file, name, list));
  }

  private @Nullable String data(JsonNode node, String field) throws IOException {
    if (node.hasNonNull(field + "-data")) {
      byte[] bytes = Base64.getMimeDecoder().decode(node.path(field + "-data").asText());
      return new String(bytes, StandardCharsets.US_ASCII);
    }
    return node.hasNonNull(field) ? Files.readString(resolve(node.path(field).asText())) : null;
  }

  private Path resolve(String name) {
    return file.toAbsolutePath().resolveSibling(name);
  }
}
