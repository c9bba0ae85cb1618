// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.Durable;
import dev.howdah.core.leadership.Effect;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.Identity;
import dev.howdah.core.leadership.Kept;
import dev.howdah.core.leadership.Leadership;
import dev.howdah.core.leadership.LeaseAnswer;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.Settings;
import dev.howdah.core.leadership.State;
import dev.howdah.core.leadership.Step;
import dev.howdah.core.leadership.Timings;
import dev.howdah.core.leadership.WriteOutcome;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.kube.Json;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A standby becomes the primary by the protocol, step by step.
class TakeoverTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Identity SELF = new Identity("main-2", "v2", "pod-2/run", "boot-2");
  private static final WalPosition END = WalPosition.of(1, 5000);
  private static final LeaseRecord HELD =
      new LeaseRecord(
          "main-1",
          15 * SECOND,
          1,
          1,
          new Identity("main-1", "v1", "pod-1/run", "boot-1"),
          Quorum.ASYNCHRONOUS,
          List.of(new Member("main-1", "v1"), SELF.member()),
          new Timeline(1),
          new Timeline(1),
          WalPosition.of(1, 4000),
          false,
          "",
          "",
          List.of());

  private final Takeover takeover =
      new Takeover("main-2", TakeoverTest::cluster, this::wall, this::clock);
  private long now = 1000 * SECOND;
  private long reading;
  private long writing;
  private Optional<Incident> incident = Optional.empty();
  private State state =
      Leadership.initial(
          SELF,
          Settings.of(Timings.STANDARD),
          Durable.NEW,
          PostgresStatus.standby(END, true),
          Kept.NONE,
          now,
          42);

  private static JsonNode cluster() {
    ObjectNode cluster = Json.object();
    cluster.putObject("status").put("currentPrimary", "main-1").put("targetPrimary", "main-2");
    return cluster;
  }

  private long clock() {
    return now;
  }

  private Instant wall() {
    return Instant.EPOCH.plusNanos(now);
  }

  private void step(Event event) {
    now += SECOND / 10;
    State was = state;
    Step step = Leadership.step(was, now, event);
    state = step.state();
    for (Effect effect : step.effects()) {
      switch (effect) {
        case Effect.ReadLease(long request) -> reading = request;
        case Effect.WriteLease(long request, _, _) -> writing = request;
        case Effect.Report(var notice) ->
            incident = takeover.notice(was, notice).or(() -> incident);
        default -> {}
      }
    }
  }

  private void read(LeaseRecord record, String version) {
    step(new Event.LeaseChanged(version));
    step(new Event.LeaseRead(reading, new LeaseAnswer.Found(record, version)));
  }

  private void postgres(PostgresStatus status) {
    step(new Event.PostgresChanged(status));
    takeover.event(new Event.PostgresChanged(status));
  }

  /// The old primary's WAL sender ends before its Lease is released, and PostgreSQL here has
  /// nothing to tell between that and the promotion.
  @Test
  void theLeaseThatCountsIsTheOneThatWasTaken() {
    read(HELD, "1");
    postgres(PostgresStatus.standby(END, true));
    postgres(PostgresStatus.standby(END, false));
    Instant detected = wall();

    read(HELD.released(END, ""), "2");
    Instant released = wall();
    step(new Event.LeaseWritten(writing, new WriteOutcome.Written("3")));
    postgres(PostgresStatus.primary(WalPosition.of(2, 5000)));

    Incident seen = incident.orElseThrow();
    assertThat(seen.lossBound())
        .isEqualTo("none: the new primary has the old one's log to its end");
    assertThat(seen.lostBytes()).isZero();
    assertThat(seen.kind()).isEqualTo(Incident.Kind.SWITCHOVER);
    assertThat(seen.from()).isEqualTo("main-1");
    assertThat(seen.detected()).isEqualTo(detected);
    assertThat(seen.fenced()).isEqualTo(released);
  }
}
