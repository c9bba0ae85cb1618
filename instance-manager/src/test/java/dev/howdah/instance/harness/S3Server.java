// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.harness;

import dev.howdah.objectstore.s3.Credentials;
import dev.howdah.objectstore.s3.S3Settings;
import dev.howdah.objectstore.s3.S3Store;
import dev.howdah.testing.ServerUser;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;

/// A real S3 server in this process, which checks signatures, behind a line that can be broken in
/// several ways.
public final class S3Server implements AutoCloseable {
  public static final String KEY_ID = "access";
  public static final String KEY = "secret/+=key";
  public static final String BUCKET = "backups";

  /// How the line behaves.
  public sealed interface Line {
    record Whole() implements Line {}

    /// Connections are taken and closed.
    record Dead() implements Line {}

    /// Every request gets this status.
    record Answers(int status) implements Line {}

    /// Connections break after so many bytes of a request.
    record CutAfter(int bytes) implements Line {}
  }

  private final S3Proxy server;
  private final ServerSocket front;
  private final Path folder;
  private final AtomicInteger broken = new AtomicInteger();
  private volatile Line line = new Line.Whole();

  public S3Server(Path folder) throws Exception {
    this.folder = folder;
    Files.createDirectories(folder.resolve(BUCKET));
    var settings = new Properties();
    settings.setProperty("jclouds.filesystem.basedir", folder.toString());
    server =
        S3Proxy.builder()
            .blobStore(BlobStores.create("filesystem-nio2", settings))
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, KEY_ID, KEY)
            .ignoreUnknownHeaders(true)
            .build();
    server.start();
    front = new ServerSocket();
    front.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
    Thread.ofPlatform().daemon().name("s3-line").start(this::accept);
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + front.getLocalPort());
  }

  /// From now on the line is like this; connections that exist are affected too.
  public void line(Line wanted) {
    line = wanted;
  }

  /// How many connections were broken.
  public int broken() {
    return broken.get();
  }

  /// A store of its own on the bucket, not over the line.
  public S3Store store(String prefix) {
    return new S3Store(
        S3Settings.of(URI.create("http://127.0.0.1:" + server.getPort()), "", BUCKET, prefix),
        () -> new Credentials(KEY_ID, KEY, null));
  }

  /// The block of a manifest.
  public String barman(String serverName) {
    return """
    {"destinationPath": "s3://%s/here", "endpointURL": "%s", "serverName": "%s",
     "s3Credentials": {"accessKeyId": {"name": "s3", "key": "id"},
                       "secretAccessKey": {"name": "s3", "key": "key"}},
     "wal": {"compression": "zstd", "maxParallel": 3}, "data": {"immediateCheckpoint": true}}
    """
        .formatted(BUCKET, endpoint(), serverName);
  }

  private void accept() {
    while (!front.isClosed()) {
      try {
        Socket client = front.accept();
        Thread.ofPlatform().daemon().name("s3-connection").start(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      switch (line) {
        case Line.Dead _ -> broken.incrementAndGet();
        case Line.Answers(int status) -> {
          broken.incrementAndGet();
          client.getInputStream().read(new byte[8192]);
          client
              .getOutputStream()
              .write(
                  "HTTP/1.1 %d Fault\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                      .formatted(status)
                      .getBytes(StandardCharsets.US_ASCII));
        }
        case Line.Whole _, Line.CutAfter _ -> forward(client);
      }
    } catch (IOException e) {
      // the other side went away
    }
  }

  private void forward(Socket client) throws IOException {
    try (var upstream = new Socket("127.0.0.1", server.getPort())) {
      Thread back = Thread.ofPlatform().daemon().start(() -> pump(upstream, client, false));
      pump(client, upstream, true);
      back.interrupt();
    }
  }

  private void pump(Socket from, Socket to, boolean request) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      var buffer = new byte[16 * 1024];
      long sum = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        Line now = line;
        boolean cut = request && now instanceof Line.CutAfter(int bytes) && sum + n > bytes;
        if (cut || now instanceof Line.Dead || now instanceof Line.Answers) {
          broken.incrementAndGet();
          from.close();
          to.close();
          return;
        }
        out.write(buffer, 0, n);
        sum += n;
      }
    } catch (IOException e) {
      // the connection ended
    } finally {
      try {
        to.close();
      } catch (IOException e) {
        // it is closed already
      }
    }
  }

  @Override
  public void close() throws Exception {
    front.close();
    server.stop();
    ServerUser.delete(folder);
  }
}
