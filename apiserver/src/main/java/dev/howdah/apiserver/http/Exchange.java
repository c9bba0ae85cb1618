// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One request and its answer: a whole body, a stream, or an upgrade to another protocol.
public final class Exchange {
  /// The largest body, as in kube-apiserver.
  public static final int MAX_BODY = 3 * 1024 * 1024;

  /// Both directions of a connection after an upgrade.
  public record Duplex(InputStream in, OutputStream out) {}

  private final RequestHead head;
  private final HttpInput in;
  private final OutputStream out;
  private final List<X509Certificate> peer;
  private final Socket socket;
  private final List<String> responseHeaders = new ArrayList<>(2);
  private byte @Nullable [] body;
  private boolean answered;
  private boolean keepAlive;
  private volatile @Nullable Thread watcher;

  /// @param socket below `in` and `out`; clients of streams may be silent on it as long as they
  ///   like
  Exchange(
      RequestHead head, HttpInput in, OutputStream out, List<X509Certificate> peer, Socket socket) {
    this.head = head;
    this.in = in;
    this.out = out;
    this.peer = peer;
    this.socket = socket;
    this.keepAlive = head.keepAlive();
  }

  /// `GET`, `POST`, …
  public String method() {
    return head.method();
  }

  /// The path as it was sent, percent signs included.
  public String rawPath() {
    return head.path();
  }

  /// The path's segments, decoded; empty ones are left out.
  public List<String> pathSegments() throws HttpException {
    var segments = new ArrayList<String>(8);
    for (var part : head.path().split("/")) {
      if (!part.isEmpty()) {
        segments.add(HttpInput.decode(part, false));
      }
    }
    return segments;
  }

  /// All query parameters.
  public Map<String, List<String>> query() {
    return head.query();
  }

  /// A query parameter, or an empty text.
  public String query(String name) {
    var values = head.query().get(name);
    return values == null ? "" : values.getFirst();
  }

  /// A header by its name in lower case, or an empty text.
  public String header(String name) {
    var values = head.headers().get(name);
    return values == null ? "" : values.getFirst();
  }

  /// All values of a header by its name in lower case.
  public List<String> headers(String name) {
    return head.headers().getOrDefault(name, List.of());
  }

  /// All headers by their names in lower case.
  public Map<String, List<String>> headers() {
    return head.headers();
  }

  /// The certificates the client presented, its own first; nobody has verified them yet.
  public List<X509Certificate> peerCertificates() {
    return peer;
  }

  /// The whole body, read when first asked for. Throws [HttpException] 413 when it is too large.
  public byte[] body() throws IOException {
    if (body == null) {
      if (!header("expect").isEmpty() && hasBody()) {
        out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
      }
      body = readBody();
    }
    return body;
  }

  private boolean hasBody() {
    return !header("transfer-encoding").isEmpty()
        || !(header("content-length").isEmpty() || header("content-length").equals("0"));
  }

  private byte[] readBody() throws IOException {
    if (!header("transfer-encoding").isEmpty()) {
      return in.chunks(MAX_BODY);
    }
    var length = header("content-length");
    if (length.isEmpty()) {
      return new byte[0];
    }
    try {
      var count = Long.parseLong(length);
      if (count < 0) {
        throw new HttpException(400, "malformed Content-Length");
      }
      if (count > MAX_BODY) {
        keepAlive = false;
        throw HttpInput.tooLarge(MAX_BODY);
      }
      return in.bytes((int) count);
    } catch (NumberFormatException _) {
      throw new HttpException(400, "malformed Content-Length");
    }
  }

  /// Adds a header to the answer to come.
  public void addHeader(String name, String value) {
    responseHeaders.add(name + ": " + value.replace('\r', ' ').replace('\n', ' '));
  }

  /// How many letters the added headers have in all.
  public int addedLength() {
    return responseHeaders.stream().mapToInt(String::length).sum();
  }

  /// Answers with a whole body.
  public void respond(int status, String contentType, byte[] content) throws IOException {
    begin();
    var text = head(status);
    if (!contentType.isEmpty()) {
      text.append("Content-Type: ").append(contentType).append("\r\n");
    }
    text.append("Content-Length: ").append(content.length).append("\r\n");
    text.append(keepAlive ? "\r\n" : "Connection: close\r\n\r\n");
    out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    if (!method().equals("HEAD")) {
      out.write(content);
    }
    out.flush();
  }

  /// Begins an answer of unknown length: what is written and flushed is sent as chunks. The
  /// connection ends after it.
  public OutputStream stream(int status, String contentType) throws IOException {
    begin();
    socket.setSoTimeout(0);
    keepAlive = false;
    var text = head(status);
    text.append("Content-Type: ").append(contentType).append("\r\n");
    text.append("Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    out.flush();
    return new ChunkedOutput(out);
  }

  /// Leaves HTTP: answers 101 with the given headers and hands out the connection.
  public Duplex upgrade(String protocol) throws IOException {
    begin();
    socket.setSoTimeout(0);
    keepAlive = false;
    var text = head(101);
    text.append("Upgrade: ").append(protocol).append("\r\nConnection: Upgrade\r\n\r\n");
    out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    out.flush();
    return new Duplex(in, out);
  }

  /// Calls back once when the client goes away before the answer ends. For streams only: the client
  /// must not send another request meanwhile.
  public void onDisconnect(Runnable action) {
    watcher =
        Thread.ofVirtual()
            .name("client-watch")
            .start(() -> {
              try {
                if (in.awaitByte()) {
                  return; // an early next request: its sender sees the connection close
                }
              } catch (IOException _) {
                // the same as a close
              }
              action.run();
            });
  }

  private void begin() {
    if (answered) {
      throw new IllegalStateException("answered already: " + method() + " " + rawPath());
    }
    answered = true;
  }

  private StringBuilder head(int status) {
    var text = new StringBuilder(200);
    text.append("HTTP/1.1 ").append(status).append(' ').append(Reasons.of(status)).append("\r\n");
    responseHeaders.forEach(header -> text.append(header).append("\r\n"));
    return text;
  }

  /// Whether an answer has begun.
  public boolean answered() {
    return answered;
  }

  void closeAfter() {
    keepAlive = false;
  }

  /// Whether it was answered without its body, which the client may still be sending.
  boolean leavesUnread() {
    return body == null && hasBody();
  }

  /// Reads away what the handler left; returns whether the connection can serve another request.
  boolean finish() throws IOException {
    if (keepAlive && body == null && hasBody()) {
      body();
    }
    return keepAlive && watcher == null;
  }
}
