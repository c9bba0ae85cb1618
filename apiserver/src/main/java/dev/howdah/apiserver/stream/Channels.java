// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.stream;

import dev.howdah.apiserver.http.WebSocket;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// Several streams over one WebSocket: the first byte of each message is the number of its stream,
/// or with base64 the first character.
final class Channels {
  /// What came in for one stream.
  record Message(int channel, byte[] payload) {}

  private static final int MAX_PART = 32 * 1024;
  private final WebSocket socket;
  private final boolean base64;

  Channels(WebSocket socket, boolean base64) {
    this.socket = socket;
    this.base64 = base64;
  }

  /// The next message, or null at the end.
  @Nullable Message read() throws IOException {
    while (true) {
      var message = socket.read();
      if (message == null) {
        return null;
      }
      var bytes = message.payload();
      if (bytes.length > 0) {
        var payload = Arrays.copyOfRange(bytes, 1, bytes.length);
        return base64
            ? new Message(bytes[0] - '0', Base64.getDecoder().decode(payload))
            : new Message(bytes[0] & 0xff, payload);
      }
    }
  }

  /// Sends to one stream.
  void send(int channel, byte[] bytes, int offset, int count) throws IOException {
    for (var done = 0; done < count || count == 0; done += MAX_PART) {
      var length = Math.min(MAX_PART, count - done);
      var part = Arrays.copyOfRange(bytes, offset + done, offset + done + length);
      var encoded = base64 ? Base64.getEncoder().encode(part) : part;
      var message = new byte[encoded.length + 1];
      message[0] = (byte) (base64 ? '0' + channel : channel);
      System.arraycopy(encoded, 0, message, 1, encoded.length);
      if (base64) {
        socket.sendText(message);
      } else {
        socket.sendBinary(message);
      }
      if (count == 0) {
        return;
      }
    }
  }

  /// Asks the client for a sign that it reads, which [#read] finds.
  void ping(Runnable answer) throws IOException {
    socket.ping(answer);
  }

  void close() throws IOException {
    socket.close(1000, "");
  }
}
