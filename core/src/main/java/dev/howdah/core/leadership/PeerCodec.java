// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.leadership.PeerMessage.PositionReply;
import dev.howdah.core.leadership.PeerMessage.PositionRequest;
import dev.howdah.core.leadership.PeerMessage.PromiseReply;
import dev.howdah.core.leadership.PeerMessage.PromiseRequest;
import dev.howdah.core.leadership.PeerMessage.ReleaseRequest;
import dev.howdah.core.leadership.PeerMessage.VoteReply;
import dev.howdah.core.leadership.PeerMessage.VoteRequest;
import dev.howdah.core.wal.WalPosition;
import java.util.Map;
import java.util.TreeMap;

/// How a [PeerMessage] travels: as flat names and texts.
public final class PeerCodec {
  private PeerCodec() {}

  public static Map<String, String> encode(PeerMessage message) {
    var fields = new TreeMap<String, String>();
    fields.put("name", message.from().name());
    fields.put("volume", message.from().volume());
    fields.put("incarnation", message.from().incarnation());
    fields.put("boot", message.from().boot());
    fields.put("round", Long.toString(message.round()));
    switch (message) {
      case PromiseRequest(_, _, long term, long duration) -> {
        fields.put("kind", "promise-request");
        fields.put("term", Long.toString(term));
        fields.put("duration", Long.toString(duration));
      }
      case PromiseReply(_, _, boolean granted, String reason) -> {
        fields.put("kind", "promise-reply");
        fields.put("granted", Boolean.toString(granted));
        fields.put("reason", reason);
      }
      case VoteRequest(_, _, String version, WalPosition position) -> {
        fields.put("kind", "vote-request");
        fields.put("version", version);
        fields.put("position", position.toString());
      }
      case VoteReply(
              _,
              _,
              String version,
              boolean granted,
              WalPosition position,
              String reason) -> {
        fields.put("kind", "vote-reply");
        fields.put("version", version);
        fields.put("granted", Boolean.toString(granted));
        fields.put("position", position.toString());
        fields.put("reason", reason);
      }
      case ReleaseRequest(_, _, String version, WalPosition end, String preferred) -> {
        fields.put("kind", "release-request");
        fields.put("version", version);
        fields.put("end", end.toString());
        fields.put("preferred", preferred);
      }
      case PositionRequest _ -> fields.put("kind", "position-request");
      case PositionReply(
              _,
              _,
              WalPosition position,
              boolean electable,
              long highestTerm,
              long led) -> {
        fields.put("kind", "position-reply");
        fields.put("position", position.toString());
        fields.put("electable", Boolean.toString(electable));
        fields.put("highestTerm", Long.toString(highestTerm));
        fields.put("led", Long.toString(led));
      }
    }
    return fields;
  }

  /// @throws IllegalArgumentException if a field is missing or malformed
  public static PeerMessage decode(Map<String, String> fields) {
    var from =
        new Identity(
            text(fields, "name"),
            text(fields, "volume"),
            text(fields, "incarnation"),
            text(fields, "boot"));
    long round = number(fields, "round");
    return switch (text(fields, "kind")) {
      case "promise-request" ->
          new PromiseRequest(from, round, number(fields, "term"), number(fields, "duration"));
      case "promise-reply" ->
          new PromiseReply(from, round, truth(fields, "granted"), text(fields, "reason"));
      case "vote-request" ->
          new VoteRequest(from, round, text(fields, "version"), position(fields, "position"));
      case "vote-reply" ->
          new VoteReply(
              from,
              round,
              text(fields, "version"),
              truth(fields, "granted"),
              position(fields, "position"),
              text(fields, "reason"));
      case "release-request" ->
          new ReleaseRequest(
              from,
              round,
              text(fields, "version"),
              position(fields, "end"),
              text(fields, "preferred"));
      case "position-request" -> new PositionRequest(from, round);
      case "position-reply" ->
          new PositionReply(
              from,
              round,
              position(fields, "position"),
              truth(fields, "electable"),
              number(fields, "highestTerm"),
              fields.containsKey("led")
                  ? number(fields, "led")
                  : 0); // earlier versions say nothing
      default -> throw new IllegalArgumentException("unknown kind of message: " + fields);
    };
  }

  private static String text(Map<String, String> fields, String name) {
    String value = fields.get(name);
    if (value == null) {
      throw new IllegalArgumentException("a message between instances lacks \"" + name + '"');
    }
    return value;
  }

  private static long number(Map<String, String> fields, String name) {
    return Long.parseLong(text(fields, name));
  }

  private static boolean truth(Map<String, String> fields, String name) {
    return Boolean.parseBoolean(text(fields, name));
  }

  private static WalPosition position(Map<String, String> fields, String name) {
    return WalPosition.parse(text(fields, name));
  }
}
