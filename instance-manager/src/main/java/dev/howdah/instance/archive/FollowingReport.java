// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.wal.Timeline;
import dev.howdah.instance.outside.OutsideServers;
import dev.howdah.instance.server.Observation;
import dev.howdah.instance.server.Observer;
import dev.howdah.kube.ClusterStatus.Condition;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the primary of a cluster that follows another one says about that in its Cluster: how far
/// it is, where from, and what is in the way.
final class FollowingReport {
  static final String CONDITION = "ReplicaFollowing";

  /// Where it is changes all the time; nobody needs that to the second.
  private static final Duration WHERE = Duration.ofMinutes(1);

  /// PostgreSQL says it again and again while it is so.
  private static final Duration DIVERGED = Duration.ofMinutes(1);

  private final Supplier<JsonNode> cluster;
  private final Observer observer;
  private final StandbySource source;
  private final Supplier<String> awaited;
  private volatile String diverged = "";
  private volatile long divergedAt;
  private volatile String refused = "";
  private @Nullable Condition told;
  private long toldAt;

  /// What is known.
  ///
  /// @param archive where it is; empty if there is none
  /// @param streams whether there is a connection to stream over
  /// @param trouble why the archive can't be read; empty if it can
  /// @param diverged what PostgreSQL says about the other cluster's way; empty: it is this one's
  /// @param awaited the file that the archive doesn't have yet
  /// @param refused why the promotion token promotes nobody; empty: it isn't refused
  record Known(
      Observation seen,
      String source,
      String archive,
      boolean streams,
      String trouble,
      String diverged,
      String awaited,
      String refused) {}

  FollowingReport(
      Supplier<JsonNode> cluster,
      Observer observer,
      StandbySource source,
      Supplier<String> awaited) {
    this.cluster = cluster;
    this.observer = observer;
    this.source = source;
    this.awaited = awaited;
  }

  void diverged(String how) {
    diverged = how;
    divergedAt = System.nanoTime();
  }

  void refused(String why) {
    refused = why;
  }

  void told(Condition condition, long now) {
    told = condition;
    toldAt = now;
  }

  /// What is to be said now; empty if nothing.
  Optional<Condition> due(long now) {
    Condition wanted = observer.isDesignated() ? following() : ended().orElse(null);
    Condition before = told;
    if (wanted == null || wanted.equals(before)) {
      return Optional.empty();
    }
    boolean news =
        before == null
            || before.status() != wanted.status()
            || !before.reason().equals(wanted.reason())
            || !wanted.status();
    return news || now - toldAt > WHERE.toNanos() ? Optional.of(wanted) : Optional.empty();
  }

  private Condition following() {
    JsonNode now = cluster.get();
    boolean stillDiverged = System.nanoTime() - divergedAt < DIVERGED.toNanos();
    return condition(
        new Known(
            observer.last(),
            now.path("spec").path("replica").path("source").asText(""),
            source.followed().map(StoreSpec::place).orElse(""),
            !OutsideServers.isByArchiveAlone(now),
            source.trouble(),
            stillDiverged ? diverged : "",
            awaited.get(),
            refused));
  }

  /// A cluster that was promoted doesn't leave the last word to the time before.
  private Optional<Condition> ended() {
    for (JsonNode condition : cluster.get().path("status").path("conditions")) {
      if (condition.path("type").asText("").equals(CONDITION)
          && !condition.path("reason").asText("").equals("Promoted")) {
        return Optional.of(
            new Condition(CONDITION, false, "Promoted", "This cluster follows no other one"));
      }
    }
    return Optional.empty();
  }

  static Condition condition(Known known) {
    String commit = known.seen().newestCommit();
    Timeline timeline = known.seen().timeline();
    String here =
        "has replayed up to %s%s%s"
            .formatted(
                known.seen().replayed(),
                timeline.equals(Timeline.NONE) ? "" : " on timeline " + timeline,
                commit.isEmpty() ? "" : ", the last transaction of " + commit);
    if (!known.refused().isEmpty()) {
      return new Condition(CONDITION, false, "PromotionTokenRefused", known.refused());
    }
    if (!known.diverged().isEmpty()) {
      return new Condition(
          CONDITION,
          false,
          "Diverged",
          "%s went on from an earlier point than this cluster is at (%s). Delete this cluster and make it anew as a copy, or promote it"
              .formatted(known.source(), known.diverged()));
    }
    if (known.seen().streaming()) {
      return new Condition(
          CONDITION, true, "Streaming", "Streams from %s; %s".formatted(known.source(), here));
    }
    if (known.archive().isEmpty()) {
      return new Condition(
          CONDITION,
          false,
          "NotConnected",
          "Doesn't stream from %s, and knows no archive of it; %s".formatted(known.source(), here));
    }
    if (!known.trouble().isEmpty()) {
      return new Condition(
          CONDITION,
          false,
          "ArchiveNotReadable",
          "Waits for the archive %s: %s; %s".formatted(known.archive(), known.trouble(), here));
    }
    String next = known.awaited().isEmpty() ? "" : "; waits for " + known.awaited();
    return new Condition(
        CONDITION,
        true,
        known.streams() ? "CatchingUp" : "ReplayingArchive",
        "Replays the archive %s; %s%s".formatted(known.archive(), here, next));
  }
}
