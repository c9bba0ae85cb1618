// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.tls.ClusterTls;
import dev.howdah.kube.CertificateCheck;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.LeafRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/// A build of the instance manager that differs from the one that runs, and the operator that sends
/// it.
public final class NextVersion implements AutoCloseable {
  private static final int PART = 1 << 20;

  private final TestCluster cluster;
  private final Path folder;
  private final HttpClient http;
  private final String fingerprint;

  /// An answer: its code and what it says.
  public record Answer(int code, String text) {}

  public NextVersion(TestCluster cluster, String name) throws Exception {
    this.cluster = cluster;
    folder = cluster.folder().resolve(name);
    Process copy =
        new ProcessBuilder("cp", "-Rp", cluster.manager().getParent().toString(), folder.toString())
            .inheritIO()
            .start();
    if (copy.waitFor() != 0) {
      throw new IOException("cannot copy the instance manager");
    }
    var authority =
        CertificateAuthority.create(
            "operator", "operators", Duration.ofDays(1), InstantSource.system());
    CertifiedKey key = authority.issue(LeafRequest.client("operator", Duration.ofDays(1)));
    fingerprint = ClusterTls.fingerprint(key.certificate());
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "operator", key.key(), new char[0], new X509Certificate[] {key.certificate()});
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        keys.getKeyManagers(),
        new TrustManager[] {CertificateCheck.ofServers(CertificateCheck.ANY)},
        new SecureRandom());
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(tls).build();
    change("manager.d/version", name);
  }

  /// Changes a file, and the list of files with it.
  public void change(String path, String content) throws Exception {
    Path file = folder.resolve(path);
    Files.writeString(file, content);
    Path list = folder.resolve("manager.d/files");
    var lines = new java.util.ArrayList<>(Files.readAllLines(list));
    lines.removeIf(line -> line.endsWith(" " + path));
    lines.add(
        "%s %s %d %d %s"
            .formatted(
                sha256(Files.readAllBytes(file)),
                Files.isExecutable(file) ? "755" : "644",
                Files.size(file),
                Files.getLastModifiedTime(file).toMillis() / 1000,
                path));
    Files.writeString(list, String.join("\n", lines) + "\n");
  }

  public Path file(String path) {
    return folder.resolve(path);
  }

  public String hash() throws Exception {
    return sha256(Files.readAllBytes(folder.resolve("manager.d/files")));
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /// What the operator writes into the Cluster before.
  public void announce() throws Exception {
    ObjectNode patch = Json.object();
    ObjectNode status = patch.putObject("status");
    status.put("operatorCertificateFingerprint", fingerprint);
    status
        .putArray("availableArchitectures")
        .addObject()
        .put("goArch", "amd64")
        .put("hash", hash());
    cluster.api().merge(Resource.CLUSTERS, TestCluster.NAMESPACE, TestCluster.NAME, patch);
  }

  /// Sends all that the instance lacks, and has it take over; ends at the first refusal.
  public Answer sendTo(TestInstance instance) throws Exception {
    byte[] list = Files.readAllBytes(folder.resolve("manager.d/files"));
    Answer begun = send(instance, "PUT", "", list);
    if (begun.code() != 200) {
      return begun;
    }
    String[] lines = new String(list, StandardCharsets.UTF_8).split("\n");
    for (JsonNode missing : Json.mapper().readTree(begun.text()).path("missing")) {
      int number = missing.asInt();
      byte[] content = Files.readAllBytes(folder.resolve(lines[number + 1].split(" ", 5)[4]));
      for (int at = 0; at < content.length; at += PART) {
        byte[] part = Arrays.copyOfRange(content, at, Math.min(content.length, at + PART));
        Answer taken = send(instance, "PUT", "?file=" + number + "&at=" + at, part);
        if (taken.code() != 200) {
          return taken;
        }
      }
    }
    return send(instance, "POST", "", new byte[0]);
  }

  public Answer send(TestInstance instance, String method, String query, byte[] body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("https://" + instance.address() + ":8000/update" + query))
            .method(method, BodyPublishers.ofByteArray(body))
            .timeout(Duration.ofSeconds(20))
            .build();
    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer.body());
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
