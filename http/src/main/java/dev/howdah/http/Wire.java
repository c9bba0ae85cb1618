// SPDX-License-Identifier: Apache-2.0
package dev.howdah.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// One connection: writes requests, reads answers (RFC 9112).
final class Wire {
  private static final int CHUNK = 64 * 1024;
  private static final int BUFFER = 16 * 1024;
  private static final int LONGEST_LINE = 64 * 1024;
  private final Socket plain;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final Toll toll;
  private long idleSince = System.nanoTime();

  /// @param plain the connection itself
  /// @param socket what is read and written: the same, or TLS over it
  Wire(Socket plain, Socket socket, Toll toll) throws IOException {
    this.plain = plain;
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), BUFFER);
    this.out = socket.getOutputStream();
    this.toll = toll;
  }

  boolean isFresh(long seconds) {
    return !plain.isClosed() && System.nanoTime() - idleSince < TimeUnit.SECONDS.toNanos(seconds);
  }

  /// Each wait for bytes ends after this; 0: never.
  void waitAtMost(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  void rest() {
    idleSince = System.nanoTime();
  }

  /// Ends the connection at once, whoever reads or writes: without TLS's farewell, for which a
  /// writer that is stuck would have to be waited.
  void abort() {
    try {
      plain.close();
    } catch (IOException e) {
      // it is of no more use either way
    }
  }

  void head(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void body(InputStream body, long length) throws IOException {
    var chunk = new byte[Math.clamp(length, 1, CHUNK)];
    for (int n = body.read(chunk); n >= 0; n = body.read(chunk)) {
      toll.take(n);
      out.write(chunk, 0, n);
    }
  }

  void flush() throws IOException {
    out.flush();
  }

  /// The head of an answer.
  record Head(int status, Map<String, String> headers, boolean keepAlive) {}

  Head readHead() throws IOException {
    while (true) {
      var line = line();
      var parts = line.split(" ", 3);
      if (parts.length < 2 || !parts[0].startsWith("HTTP/1.") || !isCode(parts[1])) {
        throw new IOException("the answer is not HTTP");
      }
      int status = Integer.parseInt(parts[1]);
      var headers = new TreeMap<String, String>();
      for (var header = line(); !header.isEmpty(); header = line()) {
        int colon = header.indexOf(':');
        if (colon > 0) {
          headers.put(
              header.substring(0, colon).strip().toLowerCase(Locale.ROOT),
              header.substring(colon + 1).strip());
        }
      }
      if (status >= 200) {
        boolean keep =
            parts[0].equals("HTTP/1.1")
                && !"close".equalsIgnoreCase(headers.getOrDefault("connection", ""));
        return new Head(status, headers, keep);
      }
    }
  }

  private static boolean isCode(String word) {
    return word.length() == 3 && word.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection ended in the middle of an answer");
      }
      if (line.length() > LONGEST_LINE) {
        throw new IOException("a header is too long");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /// The body that belongs to a head; `done` is run once, at its end, with whether the connection
  /// can be used again.
  ///
  /// @param endless closing it ends the connection, even in the midst of a read
  InputStream readBody(Head head, boolean hasBody, boolean endless, Consumer<Boolean> done) {
    var length = head.headers.get("content-length");
    if (!hasBody || head.status == 204 || head.status == 304 || "0".equals(length)) {
      done.accept(head.keepAlive);
      return InputStream.nullInputStream();
    }
    if ("chunked".equalsIgnoreCase(head.headers.getOrDefault("transfer-encoding", ""))) {
      return new BodyStream(-1, true, endless, head.keepAlive, done);
    }
    return new BodyStream(
        length == null ? Long.MAX_VALUE : Long.parseLong(length),
        false,
        endless,
        head.keepAlive,
        done);
  }

  private final class BodyStream extends InputStream {
    private long left;
    private final boolean chunked;
    private final boolean keepAlive;
    private final boolean untilClose;
    private final boolean endless;
    private final Consumer<Boolean> done;
    private final AtomicBoolean ended = new AtomicBoolean();

    BodyStream(
        long length, boolean chunked, boolean endless, boolean keepAlive, Consumer<Boolean> done) {
      this.left = chunked ? 0 : length;
      this.chunked = chunked;
      this.endless = endless;
      this.keepAlive = keepAlive;
      this.untilClose = length == Long.MAX_VALUE;
      this.done = done;
      if (chunked) {
        nextChunkFirst = true;
      }
    }

    private boolean nextChunkFirst;

    /// Whoever comes first, the reader at its end or somebody who closes: from then on the
    /// connection may be another request's.
    private void end(boolean reusable) {
      if (ended.compareAndSet(false, true)) {
        done.accept(reusable);
      }
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (ended.get()) {
        return -1;
      }
      if (length == 0) {
        return 0;
      }
      try {
        if (left == 0 && (!chunked || !nextChunk())) {
          end(keepAlive && !untilClose);
          return -1;
        }
        int n = in.read(into, offset, (int) Math.min(length, left));
        if (n < 0) {
          end(false);
          if (untilClose) {
            return -1;
          }
          throw new EOFException("the connection ended before the object did");
        }
        left -= n;
        toll.take(n);
        if (left == 0 && !chunked) {
          end(keepAlive);
        }
        return n;
      } catch (IOException e) {
        end(false);
        throw e;
      }
    }

    private boolean nextChunk() throws IOException {
      if (!nextChunkFirst) {
        line();
      }
      nextChunkFirst = false;
      var size = line();
      int extension = size.indexOf(';');
      left = Long.parseLong((extension < 0 ? size : size.substring(0, extension)).strip(), 16);
      if (left > 0) {
        return true;
      }
      for (var trailer = line(); !trailer.isEmpty(); trailer = line()) {
        // trailers say nothing that we use
      }
      return false;
    }

    @Override
    public void close() {
      try {
        if (!endless && !ended.get() && left <= CHUNK && !untilClose) {
          transferTo(OutputStream.nullOutputStream());
        }
      } catch (IOException | UncheckedIOException e) {
        // then the connection is given up
      }
      end(false);
    }
  }
}
