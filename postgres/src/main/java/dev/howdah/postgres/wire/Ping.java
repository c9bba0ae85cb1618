// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.wire;

import dev.howdah.postgres.wire.Frames.Frame;
import dev.howdah.postgres.wire.Frames.Message;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;

/// Asks whether a server takes sessions, as `pg_isready` does: without logging in.
public enum Ping {
  /// It takes sessions.
  READY,
  /// It is there, and starts, stops or recovers.
  REJECTING,
  /// Nobody answers.
  NO_RESPONSE;

  /// Asks once.
  public static Ping of(ServerAddress address, Duration limit) {
    try (Socket socket = address.connect(limit)) {
      var frames = new Frames(socket);
      Message start = new Message().int32(196608);
      frames.writeBody(
          start.string("user").string("postgres").string("database").string("postgres").int8(0));
      frames.flush();
      Frame frame = frames.read();
      // Any other error (too many sessions, no such user) comes from a server that takes sessions.
      return frame.type() == 'E' && "57P03".equals(frame.fields().get('C')) ? REJECTING : READY;
    } catch (IOException e) {
      return NO_RESPONSE;
    }
  }
}
