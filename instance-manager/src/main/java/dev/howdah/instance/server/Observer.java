// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.Event.ReplicationRead;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.WalDirectory;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.Ping;
import dev.howdah.postgres.wire.Rows;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at the server, regularly and on request, and reports what it sees as events.
public final class Observer {
  private static final Logger LOG = LoggerFactory.getLogger(Observer.class);
  private static final Duration PING_EVERY = Duration.ofSeconds(2);

  /// What the startup process waits for is read before the positions, and the timeline after them:
  /// "all on disk is applied" is true of the position then, and no position beyond a fork is told
  /// with the timeline before it.
  private static final String LOOK =
      """
      WITH startup AS MATERIALIZED (
        SELECT max(wait_event) AS startup
        FROM pg_stat_activity WHERE backend_type = 'startup'),
      positions AS MATERIALIZED (
        SELECT startup, pg_is_in_recovery() AS recovering,
          CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_flush_lsn() END AS flushed,
          CASE WHEN pg_is_in_recovery() THEN NULL
            ELSE pg_walfile_name(pg_current_wal_insert_lsn()) END AS segment,
          pg_last_wal_receive_lsn() AS received,
          pg_last_wal_replay_lsn() AS replayed,
          to_char(pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC',
            'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS committed
        FROM startup)
      SELECT positions.*,
        (SELECT timeline_id FROM pg_control_checkpoint()) AS checkpointed,
        (SELECT min_recovery_end_timeline FROM pg_control_recovery()) AS recovered,
        r.status AS receiver, r.received_tli AS received_timeline, r.latest_end_lsn AS latest_end,
        pg_size_bytes(current_setting('wal_segment_size')) AS segment_bytes
      FROM positions LEFT JOIN pg_stat_wal_receiver r ON true\
      """;

  private static final String REPLICATION =
      """
      SELECT application_name, state = 'streaming' AS streaming, flush_lsn
      FROM pg_stat_replication WHERE state <> 'backup' AND flush_lsn IS NOT NULL\
      """;

  private final DataDirectory data;
  private final ServerProcess process;
  private final PgServer server;
  private final BootClock clock;
  private final Consumer<Event> events;
  private final Duration patience;
  private final Duration hungAfter;

  private volatile Observation last =
      Observation.of(PostgresStatus.down(Data.UNUSABLE, WalPosition.NONE, Exit.NONE));
  private PostgresStatus down = PostgresStatus.down(Data.UNUSABLE, WalPosition.NONE, Exit.NONE);
  private List<ReplicationRead.Row> replication = List.of();
  private final Progress progress;
  private StandbyTimeline timeline = new StandbyTimeline();
  private long runningSince;
  private long answeredAt;
  private long pingedAt;
  private long toldAt;
  private boolean wasReady;
  private long answers;
  private volatile boolean designated;

  /// The designated one was promoted since.
  private volatile boolean promoted;

  /// @param patience how long one question may take
  /// @param hungAfter how long a server that was ready may leave newcomers without an answer
  public Observer(
      DataDirectory data,
      ServerProcess process,
      PgServer server,
      BootClock clock,
      Consumer<Event> events,
      Duration patience,
      Duration hungAfter) {
    this.data = data;
    this.process = process;
    this.server = server;
    this.clock = clock;
    this.events = events;
    this.patience = patience;
    this.hungAfter = hungAfter;
    progress = new Progress(process, events);
  }

  /// Whether a start or a promotion gets on.
  Progress progress() {
    return progress;
  }

  /// What was seen last.
  public Observation last() {
    return last;
  }

  /// From now on a server that recovers counts as the primary: it follows another cluster's.
  public synchronized void designate(boolean primary) {
    designated = primary;
    promoted = false;
  }

  /// Whether the primary here is a standby of another cluster's.
  public boolean isDesignated() {
    return designated;
  }

  /// Whether it is one still: nobody has seen it promoted.
  public boolean isStillDesignated() {
    return designated && !promoted;
  }

  /// No server runs: what is left of it.
  public synchronized void down(PostgresStatus status) {
    down = status;
    designated = false;
    runningSince = 0;
    wasReady = false;
    timeline = new StandbyTimeline();
    server.close();
    see(Observation.of(status));
  }

  /// The server is being restarted: what follows is a start, not a failure to answer.
  public synchronized void restarted() {
    runningSince = 0;
    wasReady = false;
    server.close();
  }

  /// Looks until interrupted.
  public void run(Duration interval) throws InterruptedException {
    while (true) {
      progress.look(look().replayed());
      Thread.sleep(interval);
    }
  }

  /// Looks now, where what was seen before doesn't do.
  ///
  /// @throws IOException if the server didn't answer
  public synchronized Observation ask() throws IOException {
    long before = answers;
    Observation seen = look();
    if (answers == before) {
      throw new IOException("PostgreSQL doesn't say how far it is");
    }
    return seen;
  }

  /// Looks now; what was seen last, if the server doesn't answer.
  public synchronized Observation look() {
    if (!process.isRunning()) {
      if (last.status().phase() == Phase.DOWN) {
        tell(last.status());
      }
      return last; // when it has just ended, whoever handles that reports it
    }
    long now = clock.nanos();
    if (runningSince == 0) {
      runningSince = now;
      answeredAt = now;
      pingedAt = now;
    }
    if (!wasReady && process.isStarting()) {
      see(starting()); // each question now would only be a refusal in the server's log
      return last;
    }
    try {
      Rows.Row row = server.query(LOOK).single();
      wasReady = true;
      if (now - pingedAt > PING_EVERY.toNanos()) {
        ping(now);
      } else if (pingedAt == runningSince) {
        answeredAt = now;
      }
      if (isHung(now)) {
        see(hung());
      } else {
        if (!row.flag("recovering")) {
          promoted = true;
          see(primary(row));
        } else {
          see(designated ? designated(row) : standby(row));
        }
        answers++;
      }
    } catch (PostgresException e) {
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("server not observable");
      ping(now);
      see(isHung(now) ? hung() : starting());
    } catch (IOException | IllegalArgumentException e) {
      LOG.atWarn().setCause(e).log("server not observable");
    }
    return last;
  }

  private void ping(long now) {
    pingedAt = now;
    if (server.ping(patience) != Ping.NO_RESPONSE) {
      answeredAt = now;
    }
  }

  /// Recovery may take as long as it takes; one that was ready has to answer.
  private boolean isHung(long now) {
    return wasReady && now - answeredAt > hungAfter.toNanos();
  }

  private Observation hung() {
    PostgresStatus before = last.status();
    return Observation.of(
        new PostgresStatus(
            Phase.HUNG, before.data(), before.position(), before.receiving(), Exit.NONE));
  }

  private Observation starting() {
    if (wasReady && last.status().phase() != Phase.STARTING) {
      return last; // an answer failed to come; it isn't starting because of that
    }
    return Observation.of(
        new PostgresStatus(Phase.STARTING, kind(), WalPosition.NONE, false, Exit.NONE));
  }

  private Data kind() {
    try {
      return kind(data);
    } catch (IOException e) {
      return down.data();
    }
  }

  /// What is in the data directory.
  static Data kind(DataDirectory data) throws IOException {
    return switch (data.state()) {
      case PRIMARY -> Data.PRIMARY;
      case STANDBY -> Data.STANDBY;
      case EMPTY, FOREIGN, UNFINISHED -> Data.UNUSABLE;
    };
  }

  private Observation primary(Rows.Row row) {
    int timeline = Integer.parseInt(row.text("segment").substring(0, 8), 16);
    var position = new WalPosition(new Timeline(timeline), lsn(row, "flushed"));
    readReplication();
    return new Observation(
        PostgresStatus.primary(position), position.lsn(), Lsn.ZERO, false, true, false, "");
  }

  private void readReplication() {
    List<ReplicationRead.Row> rows =
        server.query(REPLICATION).rows().stream()
            .map(row ->
                new ReplicationRead.Row(
                    row.text("application_name"), row.flag("streaming"), lsn(row, "flush_lsn")))
            .toList();
    replication = rows;
    events.accept(new ReplicationRead(rows));
  }

  private Observation designated(Rows.Row row) throws IOException {
    Observation seen = standby(row);
    readReplication();
    return new Observation(
        PostgresStatus.primary(seen.status().position()),
        seen.replayed(),
        seen.latestEnd(),
        seen.streaming(),
        seen.atEnd(),
        seen.waiting(),
        seen.newestCommit());
  }

  private Observation standby(Rows.Row row) throws IOException {
    boolean receiving = row.get("receiver") != null;
    boolean streaming = "streaming".equals(row.text("receiver"));
    String startup = row.text("startup");
    boolean waiting =
        startup.equals("RecoveryWalStream") || startup.equals("RecoveryRetrieveRetryInterval");
    boolean atEnd = streaming || waiting;
    Lsn end = later(lsn(row, "received"), lsn(row, "replayed"));
    WalPosition position = WalPosition.NONE;
    if (atEnd || last.atEnd()) {
      position = new WalPosition(timeline(row, end), end);
    }
    return new Observation(
        PostgresStatus.standby(position, receiving),
        lsn(row, "replayed"),
        lsn(row, "latest_end"),
        streaming,
        atEnd || last.atEnd(),
        waiting,
        row.text("committed"));
  }

  /// The timeline of the last record on disk. The control file may be behind; the receiver knows,
  /// and the names of the segments do.
  private Timeline timeline(Rows.Row row, Lsn end) throws IOException {
    return timeline.at(
        new Timeline((int) row.number("received_timeline")),
        end,
        () ->
            later(
                later(
                    new Timeline((int) row.number("checkpointed")),
                    new Timeline((int) row.number("recovered"))),
                WalDirectory.of(data).timelineBefore(end, row.number("segment_bytes"))));
  }

  private static <T extends Comparable<T>> T later(T one, T other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  private static Lsn lsn(Rows.Row row, String column) {
    String text = row.text(column);
    return text.isEmpty() ? Lsn.ZERO : Lsn.parse(text);
  }

  private void see(Observation seen) {
    boolean changed = !seen.status().equals(last.status());
    if (seen.status().phase() != last.status().phase()) {
      LOG.atInfo()
          .addKeyValue("from", last.status().phase())
          .addKeyValue("to", seen.status().phase())
          .addKeyValue("position", seen.status().position())
          .addKeyValue("exit", seen.status().exit())
          .log("PostgreSQL changed");
    }
    last = seen;
    if (changed) {
      toldAt = 0;
    }
    tell(seen.status());
  }

  private void tell(PostgresStatus status) {
    long now = clock.nanos();
    if (toldAt == 0 || now - toldAt > patience.toNanos() / 2) {
      toldAt = now;
      events.accept(new Event.PostgresChanged(status));
    }
  }

  /// The standbys that are connected to this primary, as last read.
  public synchronized List<ReplicationRead.Row> replication() {
    return replication;
  }
}
