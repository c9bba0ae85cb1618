// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.compat;

import dev.howdah.objectstore.s3.Credentials;
import dev.howdah.objectstore.s3.S3Settings;
import dev.howdah.objectstore.s3.S3Store;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;

/// An S3 server for one test: in this process with its buckets as folders, or the one that
/// `-Dhowdah.s3=http://host:port` names, with the keys in `AWS_ACCESS_KEY_ID` and
/// `AWS_SECRET_ACCESS_KEY`, in whose bucket `howdah-test` a new prefix is used.
final class S3Server implements AutoCloseable {
  private final S3Proxy server;
  private final URI endpoint;
  private final Credentials keys;
  private final String bucket;
  private final String prefix;

  private S3Server(S3Proxy server, URI endpoint, Credentials keys, String bucket, String prefix) {
    this.server = server;
    this.endpoint = endpoint;
    this.keys = keys;
    this.bucket = bucket;
    this.prefix = prefix;
  }

  static S3Server start(Path folder) throws Exception {
    var given = System.getProperty("howdah.s3", "");
    if (!given.isEmpty()) {
      var environment = System.getenv();
      return new S3Server(
          null,
          URI.create(given),
          new Credentials(
              environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY"), null),
          "howdah-test",
          "t-" + UUID.randomUUID());
    }
    var settings = new Properties();
    settings.setProperty("jclouds.filesystem.basedir", folder.toString());
    Files.createDirectories(folder.resolve("bucket"));
    var keys = new Credentials("access", "secret", null);
    var server =
        S3Proxy.builder()
            .blobStore(BlobStores.create("filesystem-nio2", settings))
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(
                AuthenticationType.AWS_V4, keys.accessKeyId(), keys.secretAccessKey())
            .ignoreUnknownHeaders(true)
            .build();
    server.start();
    return new S3Server(
        server, URI.create("http://127.0.0.1:" + server.getPort()), keys, "bucket", "some/path");
  }

  S3Store store() {
    return new S3Store(S3Settings.of(endpoint, "us-east-1", bucket, prefix), () -> keys);
  }

  String url() {
    return "s3://" + bucket + "/" + prefix;
  }

  Credentials keys() {
    return keys;
  }

  URI endpoint() {
    return endpoint;
  }

  /// What barman's tools find their credentials by.
  Map<String, String> environment() {
    return Map.of(
        "AWS_ACCESS_KEY_ID",
        keys.accessKeyId(),
        "AWS_SECRET_ACCESS_KEY",
        keys.secretAccessKey(),
        "AWS_DEFAULT_REGION",
        "us-east-1");
  }

  @Override
  public void close() throws Exception {
    if (server != null) {
      server.stop();
    }
  }
}
