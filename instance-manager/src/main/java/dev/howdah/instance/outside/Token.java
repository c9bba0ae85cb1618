// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.outside;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.replica.Following;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.kube.Json;
import dev.howdah.postgres.command.ControlData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// Where the log of a primary ended that became a standby of another cluster: base64 of JSON, made
/// by the old primary's cluster (`status.demotionToken`) and given to the new one
/// (`spec.replica.promotionToken`), which then knows that it has everything.
///
/// @param timeline of the last checkpoint
/// @param redo where the checkpoint of the shutdown is
/// @param text as it is handed on
public record Token(long system, int timeline, Lsn redo, String text) {
  private static final String SYSTEM = "databaseSystemIdentifier";
  private static final String TIMELINE = "latestCheckpointTimelineID";
  private static final String REDO = "latestCheckpointREDOLocation";

  /// What a comparison with this instance's own log says.
  public sealed interface Verdict {
    /// All of the old primary's log is here, and nothing else.
    record Complete() implements Verdict {}

    record NotYet(String why) implements Verdict {}

    /// It never will be.
    ///
    /// @param remedy what a person can do
    record Never(String why, String remedy) implements Verdict {
      public Never(String why) {
        this(
            why,
            "Copy status.demotionToken of the demoted cluster, or remove the token to"
                + " promote without it (the other cluster has to be made anew then)");
      }

      /// The log went on from there: what the token stands for is here.
      static Never passed(String why) {
        return new Never(
            why,
            "Copy status.demotionToken of the demoted cluster. If that is this very token, an"
                + " instance of this cluster was promoted with it, and lost before that was written"
                + " down: remove spec.replica.promotionToken, and this cluster goes on with all of"
                + " the other one's log, which then follows it");
      }
    }
  }

  public Timeline segmentTimeline() {
    return new Timeline(timeline);
  }

  /// @param control of the old primary, after it stopped in order
  public static Token of(ControlData control, String version) {
    String json =
        Json.object()
            .put(TIMELINE, Integer.toString(control.timeline()))
            .put("redoWalFile", control.redoSegment())
            .put(SYSTEM, Long.toUnsignedString(control.systemIdentifier()))
            .put(REDO, control.redo().toString())
            .put("timeOfLatestCheckpoint", control.checkpointTime())
            .put("operatorVersion", version)
            .toString();
    String text = Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    return new Token(control.systemIdentifier(), control.timeline(), control.redo(), text);
  }

  /// @throws IOException if it is none
  public static Token parse(String text) throws IOException {
    try {
      JsonNode json = Json.read(Base64.getDecoder().decode(text));
      return new Token(
          Long.parseUnsignedLong(json.path(SYSTEM).asText()),
          Integer.parseInt(json.path(TIMELINE).asText()),
          Lsn.parse(json.path(REDO).asText()),
          text);
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException("it can't be read: it is no base64 of a token's JSON", e);
    }
  }

  /// Whether a standby has arrived where the old primary stopped.
  ///
  /// @param control of the standby, after a restart point
  /// @param reached the newest timeline that the Lease knows of the cluster's log
  public Verdict check(ControlData control, Timeline reached) {
    if (control.systemIdentifier() != system) {
      return new Verdict.Never(
          "it is of the database system %s, and this is %s"
              .formatted(
                  Long.toUnsignedString(system),
                  Long.toUnsignedString(control.systemIdentifier())));
    }
    if (Following.isOfThePast(new Timeline(timeline), reached)) {
      return Verdict.Never.passed(
          "it is of an earlier demotion, on timeline %d, and this cluster has been on timeline %s since"
              .formatted(timeline, reached));
    }
    int where = Integer.compare(control.timeline(), timeline);
    int order = where != 0 ? where : control.redo().compareTo(redo);
    String here = "%s on timeline %d".formatted(control.redo(), control.timeline());
    String there = "%s on timeline %d".formatted(redo, timeline);
    if (order == 0) {
      return new Verdict.Complete();
    }
    return order < 0
        ? new Verdict.NotYet("the old primary stopped at " + there + ", this one is at " + here)
        : Verdict.Never.passed(
            "this cluster is at " + here + ", past " + there + ", where the old primary stopped");
  }

  @Override
  public String toString() {
    return "Token[" + redo + " on timeline " + timeline + "]";
  }
}
