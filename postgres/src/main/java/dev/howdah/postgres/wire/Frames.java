// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.wire;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The messages of PostgreSQL's protocol 3.0 (its manual, 53.7): a letter, a length, a content.
final class Frames {
  /// Larger messages are not for us: a broken stream, or a query of ours gone wrong.
  private static final int MAX_BYTES = 64 << 20;

  private final DataInputStream in;
  private final OutputStream out;

  Frames(Socket socket) throws IOException {
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 8192));
    this.out = new BufferedOutputStream(socket.getOutputStream(), 8192);
  }

  /// A message of the server.
  record Frame(char type, ByteBuffer content) {
    int int32() {
      return content.getInt();
    }

    int int16() {
      return content.getShort();
    }

    String string() {
      int start = content.position();
      while (content.get() != 0) {
        // to the end
      }
      int length = content.position() - start - 1;
      return new String(content.array(), start, length, StandardCharsets.UTF_8);
    }

    /// A length and that many bytes; null for length -1.
    @Nullable String value() {
      int length = content.getInt();
      if (length < 0) {
        return null;
      }
      String text = new String(content.array(), content.position(), length, StandardCharsets.UTF_8);
      content.position(content.position() + length);
      return text;
    }

    byte[] rest() {
      byte[] bytes = new byte[content.remaining()];
      content.get(bytes);
      return bytes;
    }

    /// The fields of an error or a notice.
    Map<Character, String> fields() {
      var fields = new TreeMap<Character, String>();
      for (char code = (char) content.get(); code != 0; code = (char) content.get()) {
        fields.put(code, string());
      }
      return fields;
    }
  }

  Frame read() throws IOException {
    return read(MAX_BYTES);
  }

  /// @param longest what its content may measure
  Frame read(int longest) throws IOException {
    int type = in.read();
    if (type < 0) {
      throw new EOFException("the server closed the connection");
    }
    int length = in.readInt() - 4;
    if (length < 0 || length > Math.min(longest, MAX_BYTES)) {
      throw new IOException("the server sent a message of " + length + " bytes");
    }
    byte[] content = new byte[length];
    in.readFully(content);
    return new Frame((char) type, ByteBuffer.wrap(content));
  }

  /// Builds a message for the server.
  static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message string(String text) {
      if (text.indexOf(0) >= 0) {
        throw new IllegalArgumentException("PostgreSQL's texts cannot hold a NUL");
      }
      bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
      bytes.write(0);
      return this;
    }

    Message int32(int value) {
      bytes.writeBytes(ByteBuffer.allocate(4).putInt(value).array());
      return this;
    }

    Message int16(int value) {
      bytes.writeBytes(ByteBuffer.allocate(2).putShort((short) value).array());
      return this;
    }

    Message int8(int value) {
      bytes.write(value);
      return this;
    }

    /// A length and that many bytes.
    Message value(@Nullable String text) {
      if (text == null) {
        return int32(-1);
      }
      if (text.indexOf(0) >= 0) {
        throw new IllegalArgumentException("PostgreSQL's texts cannot hold a NUL");
      }
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      int32(utf8.length);
      bytes.writeBytes(utf8);
      return this;
    }

    Message raw(byte[] content) {
      bytes.writeBytes(content);
      return this;
    }
  }

  /// Queues a message.
  void write(char type, Message message) throws IOException {
    out.write(type);
    writeBody(message);
  }

  /// Queues a message without a letter, as the first one of a connection is.
  void writeBody(Message message) throws IOException {
    byte[] content = message.bytes.toByteArray();
    out.write(ByteBuffer.allocate(4).putInt(content.length + 4).array());
    out.write(content);
  }

  void flush() throws IOException {
    out.flush();
  }
}
