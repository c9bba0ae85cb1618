// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.embedded;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.jspecify.annotations.Nullable;

/// An S3 server of a test's own, with a bucket `backups` for `access` and `secret`, that can be
/// away for a while.
public final class LocalS3 implements AutoCloseable {
  private final Path folder;
  private @Nullable S3Proxy server;
  private int port;

  /// @param folder where it may keep what it is given
  public LocalS3(Path folder) throws Exception {
    this.folder = folder;
    Files.createDirectories(folder.resolve("backups"));
    start();
  }

  /// At the port that it had before.
  public void start() throws Exception {
    var settings = new Properties();
    settings.setProperty("jclouds.filesystem.basedir", folder.toString());
    var fresh =
        S3Proxy.builder()
            .blobStore(BlobStores.create("filesystem-nio2", settings))
            .endpoint(URI.create("http://127.0.0.1:" + port))
            .awsAuthentication(AuthenticationType.AWS_V4, "access", "secret")
            .ignoreUnknownHeaders(true)
            .build();
    fresh.start();
    server = fresh;
    port = fresh.getPort();
  }

  /// Nobody answers from now on; what was stored stays.
  public void stop() throws Exception {
    if (server != null) {
      server.stop();
      server = null;
    }
  }

  public int port() {
    return port;
  }

  @Override
  public void close() throws Exception {
    stop();
  }
}
