// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The server's side of a WebSocket (RFC 6455).
public final class WebSocket {
  /// A whole message.
  public record Message(boolean text, byte[] payload) {}

  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int MAX_MESSAGE = 16 * 1024 * 1024;
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private final InputStream in;
  private final OutputStream out;
  private final String protocol;
  private final ReentrantLock writing = new ReentrantLock();
  private volatile Runnable answered = () -> {};
  private boolean closeSent;

  private WebSocket(Exchange.Duplex duplex, String protocol) {
    this.in = duplex.in();
    this.out = duplex.out();
    this.protocol = protocol;
  }

  /// Whether the client asks for a WebSocket.
  public static boolean wanted(Exchange exchange) {
    return exchange.header("upgrade").toLowerCase(Locale.ROOT).equals("websocket")
        && exchange.header("connection").toLowerCase(Locale.ROOT).contains("upgrade");
  }

  /// The sub-protocols the client offers, the best one first.
  public static List<String> offered(Exchange exchange) {
    var offered = new ArrayList<String>();
    for (var line : exchange.headers("sec-websocket-protocol")) {
      for (var name : line.split(",")) {
        if (!name.isBlank()) {
          offered.add(name.strip());
        }
      }
    }
    return offered;
  }

  /// Accepts with this sub-protocol (empty: none).
  public static WebSocket accept(Exchange exchange, String protocol) throws IOException {
    exchange.addHeader("Sec-WebSocket-Accept", acceptKey(exchange.header("sec-websocket-key")));
    if (!protocol.isEmpty()) {
      exchange.addHeader("Sec-WebSocket-Protocol", protocol);
    }
    return new WebSocket(exchange.upgrade("websocket"), protocol);
  }

  private static String acceptKey(String key) {
    try {
      var digest = MessageDigest.getInstance("SHA-1");
      return Base64.getEncoder()
          .encodeToString(digest.digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-1", e);
    }
  }

  /// The sub-protocol in use, or empty.
  public String protocol() {
    return protocol;
  }

  /// The next message, or null when the client has closed. Answers pings meanwhile.
  public @Nullable Message read() throws IOException {
    var whole = new ByteArrayOutputStream();
    var text = false;
    while (true) {
      var first = in.read();
      if (first < 0) {
        return null;
      }
      var payload = payload();
      switch (first & 0x0f) {
        case TEXT, BINARY, CONTINUATION -> {
          text |= (first & 0x0f) == TEXT;
          if (whole.size() + payload.length > MAX_MESSAGE) {
            close(1009, "message too large");
            return null;
          }
          whole.writeBytes(payload);
          if ((first & 0x80) != 0) {
            return new Message(text, whole.toByteArray());
          }
        }
        case PING -> frame(PONG, payload, payload.length);
        case CLOSE -> {
          close(1000, "");
          return null;
        }
        case PONG -> answered.run();
        default -> {
          // something newer than RFC 6455
        }
      }
    }
  }

  private byte[] payload() throws IOException {
    var second = require(in.read());
    long length = second & 0x7f;
    if (length == 126) {
      length = ByteBuffer.wrap(exactly(2)).getShort() & 0xffff;
    } else if (length == 127) {
      length = ByteBuffer.wrap(exactly(8)).getLong();
    }
    if (length < 0 || length > MAX_MESSAGE) {
      throw new IOException("a WebSocket frame of " + length + " bytes");
    }
    var masked = (second & 0x80) != 0;
    var mask = masked ? exactly(4) : new byte[4];
    var payload = exactly((int) length);
    if (masked) {
      for (var i = 0; i < payload.length; i++) {
        payload[i] ^= mask[i & 3];
      }
    }
    return payload;
  }

  private byte[] exactly(int count) throws IOException {
    var bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new java.io.EOFException("connection closed inside a WebSocket frame");
    }
    return bytes;
  }

  private static int require(int b) throws IOException {
    if (b < 0) {
      throw new java.io.EOFException("connection closed inside a WebSocket frame");
    }
    return b;
  }

  /// Sends a text message.
  public void sendText(byte[] utf8) throws IOException {
    frame(TEXT, utf8, utf8.length);
  }

  /// Sends a binary message.
  public void sendBinary(byte[] bytes) throws IOException {
    frame(BINARY, bytes, bytes.length);
  }

  /// Asks for a sign of life, which [#read] finds.
  ///
  /// @param answer what is done then
  public void ping(Runnable answer) throws IOException {
    answered = answer;
    frame(PING, new byte[0], 0);
  }

  /// Ends the connection in order; more calls do nothing.
  public void close(int code, String reason) throws IOException {
    var text = reason.getBytes(StandardCharsets.UTF_8);
    var payload = ByteBuffer.allocate(2 + Math.min(text.length, 120));
    payload.putShort((short) code).put(text, 0, Math.min(text.length, 120));
    frame(CLOSE, payload.array(), payload.capacity());
  }

  private void frame(int opcode, byte[] payload, int length) throws IOException {
    writing.lock();
    try {
      if (closeSent) {
        if (opcode == CLOSE || opcode == PONG) {
          return;
        }
        throw new IOException("the WebSocket is closed");
      }
      closeSent = opcode == CLOSE;
      out.write(0x80 | opcode);
      if (length < 126) {
        out.write(length);
      } else if (length < 65536) {
        out.write(126);
        out.write(length >> 8);
        out.write(length);
      } else {
        out.write(127);
        out.write(ByteBuffer.allocate(8).putLong(length).array());
      }
      out.write(payload, 0, length);
      out.flush();
    } finally {
      writing.unlock();
    }
  }
}
