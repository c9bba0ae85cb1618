// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.Effect;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.LeaseAnswer;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.PeerMessage;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Short texts for traces.
final class Words {
  private Words() {}

  static String of(Event event) {
    return switch (event) {
      case Event.Tick _ -> "tick";
      case Event.LeaseRead(_, LeaseAnswer.Found(LeaseRecord record, String version)) ->
          "read lease " + version + ": " + of(record);
      case Event.LeaseRead(_, LeaseAnswer answer) -> "read lease: " + answer;
      case Event.LeaseWritten(_, var outcome) -> "write: " + outcome;
      case Event.LeaseChanged(String version) -> "watch: lease " + version;
      case Event.Received(PeerMessage message) -> "from " + of(message);
      case Event.PostgresChanged(PostgresStatus status) -> "postgres " + of(status);
      case Event.ClusterRead(var view) ->
          "cluster: target %s, current %s, fenced %s, %s"
              .formatted(view.targetPrimary(), view.currentPrimary(), view.fenced(), view.sync());
      case Event.ReplicationRead read ->
          "replication: "
              + read.rows().stream()
                  .map(row -> row.name() + "@" + row.flushed())
                  .collect(Collectors.joining(" "));
      default -> event.toString();
    };
  }

  static String of(Effect effect) {
    return switch (effect) {
      case Effect.ReadLease _ -> "read lease";
      case Effect.WriteLease(_, String version, LeaseRecord record) ->
          "write lease after " + version + ": " + of(record);
      case Effect.Send(String to, PeerMessage message) -> "to " + to + ", " + of(message);
      case Effect.SendPermit(long until, _) -> "permit until %.4f".formatted(until / 1e9);
      case Effect.Report(Effect.Notice notice) ->
          notice.kind() + " " + notice.position() + " " + notice.text();
      default -> effect.toString();
    };
  }

  static String of(PostgresStatus status) {
    return "%s %s %s%s%s"
        .formatted(
            status.phase(),
            status.data(),
            status.position(),
            status.receiving() ? " receiving" : "",
            status.exit() == PostgresStatus.Exit.NONE ? "" : " " + status.exit());
  }

  static String of(PeerMessage message) {
    String text =
        switch (message) {
          case PeerMessage.PromiseRequest request -> "promise? term " + request.term();
          case PeerMessage.PromiseReply reply ->
              reply.granted() ? "promise!" : "no promise: " + reply.reason();
          case PeerMessage.VoteRequest request ->
              "vote? lease " + request.version() + ", I have " + request.position();
          case PeerMessage.VoteReply reply ->
              reply.granted()
                  ? "vote! lease " + reply.version() + ", I have " + reply.position()
                  : "no vote: " + reply.reason();
          case PeerMessage.ReleaseRequest request ->
              "release lease " + request.version() + " for me, my log ends at " + request.end();
          case PeerMessage.PositionRequest _ -> "position?";
          case PeerMessage.PositionReply reply ->
              "position " + reply.position() + (reply.electable() ? "" : " not electable");
        };
    return message.from().name() + " " + text;
  }

  static String of(@Nullable LeaseRecord record) {
    return record == null
        ? "none"
        : "holder=%s term=%d owner=%s/%s %s members %s at %s%s tl %s%s%s"
            .formatted(
                record.holder().isEmpty() ? "-" : record.holder(),
                record.term(),
                record.owner().incarnation(),
                record.owner().volume(),
                of(record.quorum()),
                names(record.members()),
                record.position(),
                record.complete() ? " (complete)" : "",
                record.timeline(),
                record.preferred().isEmpty() ? "" : " preferred=" + record.preferred(),
                record.fenced().isEmpty() ? "" : " fenced=" + record.fenced());
  }

  /// But for the position.
  static boolean saysTheSame(@Nullable LeaseRecord one, @Nullable LeaseRecord other) {
    return one != null && other != null && one.saysTheSameAs(other);
  }

  static String of(Quorum quorum) {
    return quorum.asynchronous()
        ? "async"
        : quorum.acknowledgements() + " of " + names(quorum.voters());
  }

  private static String names(Iterable<Member> members) {
    var text = new StringBuilder("{");
    for (Member member : members) {
      text.append(text.length() == 1 ? "" : " ").append(member.name());
      if (!member.volume().equals("v" + member.name().substring(1))) {
        text.append('=').append(member.volume());
      }
    }
    return text.append('}').toString();
  }
}
