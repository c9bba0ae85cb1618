// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A connection's incoming bytes: lines and bodies, with a look ahead that loses nothing.
final class HttpInput extends InputStream {
  private static final int MAX_LINE = 64 * 1024;
  private final InputStream in;
  private final byte[] buffer = new byte[8192];
  private final ReentrantLock lock = new ReentrantLock();
  private int position;
  private int limit;

  HttpInput(InputStream in) {
    this.in = in;
  }

  /// Blocks until there is a byte to read (true) or the peer has closed (false); reads nothing
  /// away.
  boolean awaitByte() throws IOException {
    lock.lock();
    try {
      return fill();
    } finally {
      lock.unlock();
    }
  }

  private boolean fill() throws IOException {
    while (position == limit) {
      var count = in.read(buffer, 0, buffer.length);
      if (count < 0) {
        return false;
      }
      position = 0;
      limit = count;
    }
    return true;
  }

  @Override
  public int read() throws IOException {
    lock.lock();
    try {
      return fill() ? buffer[position++] & 0xff : -1;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    lock.lock();
    try {
      if (!fill()) {
        return -1;
      }
      var count = Math.min(length, limit - position);
      System.arraycopy(buffer, position, target, offset, count);
      position += count;
      return count;
    } finally {
      lock.unlock();
    }
  }

  /// One line without its end, or null when the peer has closed before it.
  @Nullable String line() throws IOException {
    var line = new StringBuilder(80);
    for (var next = read(); next != '\n'; next = read()) {
      if (next < 0) {
        if (line.isEmpty()) {
          return null;
        }
        throw new EOFException("connection closed inside a line");
      }
      if (line.length() >= MAX_LINE) {
        throw new HttpException(431, "a header line is longer than " + MAX_LINE + " bytes");
      }
      line.append((char) next);
    }
    var end = line.length();
    if (end > 0 && line.charAt(end - 1) == '\r') {
      line.setLength(end - 1);
    }
    return line.toString();
  }

  /// Exactly this many bytes.
  byte[] bytes(int count) throws IOException {
    var body = readNBytes(count);
    if (body.length < count) {
      throw new EOFException("connection closed inside a body");
    }
    return body;
  }

  /// A body in chunks, up to the limit.
  byte[] chunks(int limitBytes) throws IOException {
    var body = new java.io.ByteArrayOutputStream();
    while (true) {
      var head = line();
      if (head == null) {
        throw new EOFException("connection closed inside a body");
      }
      var size = chunkSize(head);
      if (size > limitBytes - body.size()) {
        throw tooLarge(limitBytes);
      }
      body.writeBytes(bytes(size));
      var end = line();
      if (size == 0) {
        while (end != null && !end.isEmpty()) { // trailers
          end = line();
        }
        return body.toByteArray();
      }
    }
  }

  static HttpException tooLarge(int limitBytes) {
    return new HttpException(413, "Request entity too large: limit is " + limitBytes);
  }

  private static int chunkSize(String head) throws HttpException {
    var end = head.indexOf(';');
    var digits = (end < 0 ? head : head.substring(0, end)).strip();
    try {
      return Integer.parseUnsignedInt(digits, 16) & 0x7fffffff;
    } catch (NumberFormatException _) {
      throw new HttpException(400, "malformed chunk size");
    }
  }

  /// Decodes percent signs; `plus` says whether a plus sign stands for a blank, as in queries.
  static String decode(String text, boolean plus) throws HttpException {
    if (text.indexOf('%') < 0 && !(plus && text.indexOf('+') >= 0)) {
      return text;
    }
    var bytes = new byte[text.length()];
    var length = 0;
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (c == '%') {
        if (i + 2 >= text.length()) {
          throw new HttpException(400, "malformed percent encoding in the request's address");
        }
        var high = Character.digit(text.charAt(i + 1), 16);
        var low = Character.digit(text.charAt(i + 2), 16);
        if (high < 0 || low < 0) {
          throw new HttpException(400, "malformed percent encoding in the request's address");
        }
        bytes[length++] = (byte) (high << 4 | low);
        i += 2;
      } else {
        bytes[length++] = (byte) (c == '+' && plus ? ' ' : c);
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
