// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.ObjectStoreContract;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.Retry;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.objectstore.http.Bandwidth;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.UUID;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The contract against a real S3 server in this process, which checks signatures.
class S3StoreIT extends ObjectStoreContract {
  private static final Credentials KEYS = new Credentials("access", "secret/+=key", null);
  @TempDir private static Path folder;
  private static S3Proxy server;
  private static URI endpoint;

  @BeforeAll
  static void startServer() throws Exception {
    var settings = new Properties();
    settings.setProperty("jclouds.filesystem.basedir", folder.toString());
    server =
        S3Proxy.builder()
            .blobStore(BlobStores.create("filesystem-nio2", settings))
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(
                AuthenticationType.AWS_V4, KEYS.accessKeyId(), KEYS.secretAccessKey())
            .build();
    server.start();
    endpoint = URI.create("http://127.0.0.1:" + server.getPort());
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.stop();
  }

  private static S3Settings settings(String bucket, String prefix) {
    return S3Settings.of(endpoint, "", bucket, prefix)
        .withRetry(
            new Retry(2, Duration.ofMillis(10), Duration.ofMillis(10), Duration.ofMinutes(1)));
  }

  @Override
  protected ObjectStore store() throws Exception {
    var bucket = "b-" + UUID.randomUUID();
    Files.createDirectories(folder.resolve(bucket));
    return new S3Store(settings(bucket, "a prefix/deeper"), () -> KEYS);
  }

  private static StoreException failure(S3Settings settings, Credentials credentials) {
    try (var store = new S3Store(settings, () -> credentials)) {
      store.put("key", Body.of(new byte[1]), PutOptions.PLAIN);
    } catch (StoreException e) {
      return e;
    }
    throw new AssertionError("it went through");
  }

  @Test
  void tellsAWrongKeyFromAWrongBucketAndAWrongEndpoint() throws Exception {
    Files.createDirectories(folder.resolve("here"));
    var wrongKey = failure(settings("here", ""), new Credentials("access", "wrong", null));
    var wrongBucket = failure(settings("nowhere", ""), KEYS);
    int free;
    StoreException wrongEndpoint;
    try (var taken = new Socket()) { // and nobody listens
      taken.bind(new InetSocketAddress("127.0.0.1", 0));
      free = taken.getLocalPort();
      var nobody =
          S3Settings.of(URI.create("http://127.0.0.1:" + free), "", "here", "")
              .withRetry(Retry.NONE);
      wrongEndpoint = failure(nobody, KEYS);
    }

    assertThat(wrongKey.kind()).isEqualTo(Kind.DENIED);
    assertThat(wrongBucket.kind()).isEqualTo(Kind.NO_BUCKET);
    assertThat(wrongEndpoint.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(wrongKey).hasMessageNotContaining("wrong");
    assertThat(wrongEndpoint).hasMessageContaining("127.0.0.1:" + free);
  }

  @Test
  void readsADestinationPath() {
    var parsed = S3Settings.parse("s3://bucket/a/b/", null, "eu-central-1");

    assertThat(parsed.bucket()).isEqualTo("bucket");
    assertThat(parsed.prefix()).isEqualTo("a/b");
    assertThatThrownBy(() -> S3Settings.parse("bucket/a", null, ""))
        .hasMessageContaining("write it as s3://bucket/path");
  }

  /// A limit from above holds on any machine, however slow. A tenth of a second's worth goes at
  /// once.
  @Test
  void keepsBelowItsBandwidthInBothDirections() throws Exception {
    Files.createDirectories(folder.resolve("narrow"));
    var limited = settings("narrow", "").withBandwidth(new Bandwidth(1_000_000));
    try (var store = new S3Store(limited, () -> KEYS)) {
      long begun = System.nanoTime();
      store.put("key", Body.of(new byte[500_000]), PutOptions.PLAIN);
      long stored = System.nanoTime();
      try (var in = store.get("key", 0)) {
        assertThat(in.readAllBytes()).hasSize(500_000);
      }
      long fetched = System.nanoTime();

      assertThat(Duration.ofNanos(stored - begun)).isGreaterThan(Duration.ofMillis(390));
      assertThat(Duration.ofNanos(fetched - stored)).isGreaterThan(Duration.ofMillis(390));
    }
  }
}
