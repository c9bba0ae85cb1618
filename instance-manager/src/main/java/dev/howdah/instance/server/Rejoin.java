// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.leadership.Effect.Follow;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.command.DamagedControlFileException;
import dev.howdah.postgres.command.Postmaster.StopMode;
import dev.howdah.postgres.config.ConnInfo;
import dev.howdah.postgres.data.UnarchivedWal;
import dev.howdah.postgres.data.WalDirectory;
import dev.howdah.postgres.replication.RejoinDecision;
import dev.howdah.postgres.replication.Rewinder;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes whatever is in the data directory a standby of the given instance, and keeps it one.
///
/// A standby is started without an upstream first: when it has applied all it has on disk, its
/// position is exact, and the history of the upstream's timeline says whether it may stream. Where
/// it went another way it is rewound; where that fails it is cloned anew, and the old data is kept
/// aside.
public final class Rejoin {
  private static final Logger LOG = LoggerFactory.getLogger(Rejoin.class);
  private static final Duration STOP = Duration.ofSeconds(30);

  /// How long WAL that the upstream has removed is awaited from the archive.
  private static final Duration ARCHIVE_HELPS = Duration.ofSeconds(60);

  private static final Duration CHECK = Duration.ofMillis(500);
  private static final Duration SETTLED = Duration.ofSeconds(5);

  /// While the history of the upstream isn't known: it is just being promoted.
  private static final Duration SOON = Duration.ofMillis(100);

  /// Between two attempts. Who comes back soon is followed soon.
  private static final long LONGEST_PAUSE = 3_000;

  private static final Duration ALONE = Duration.ofSeconds(2);

  private final String cluster;
  private final int port;
  private final DataCopy copies;
  private final Upstream upstreams;
  private final InstantSource clock;
  private final Runnable cloned;
  private final AtomicBoolean walRemoved = new AtomicBoolean();

  /// Since the last failure.
  private volatile boolean streamed;

  /// @param cloned hears that the data is another, under another identity
  public Rejoin(
      String cluster,
      int port,
      DataCopy copies,
      Upstream upstreams,
      InstantSource clock,
      Runnable cloned) {
    this.cluster = cluster;
    this.port = port;
    this.copies = copies;
    this.upstreams = upstreams;
    this.clock = clock;
    this.cloned = cloned;
  }

  /// PostgreSQL's log says that the upstream no longer has the WAL we need.
  public void walRemoved() {
    walRemoved.set(true);
  }

  /// The data is new, and so is the protocol's state: what was decided for the old data ends here.
  /// The new state decides when this instance may receive anything.
  private static final class Replaced extends IOException {
    private static final long serialVersionUID = 1;

    Replaced() {
      super("cloned anew");
    }
  }

  /// Follows until interrupted; see [dev.howdah.core.leadership.Effect.Follow].
  void follow(Server server, long planned, Follow given) throws IOException, InterruptedException {
    // In a cluster that follows another one the timeline is the other one's, and no term begins
    // one.
    boolean outside = server.files().cluster().replica().enabled();
    Follow order = outside ? new Follow(given.upstream(), Timeline.NONE, WalPosition.NONE) : given;
    String upstream = order.upstream();
    walRemoved.set(false);
    int attempts = 0;
    while (true) {
      try {
        if (upstream.isEmpty()) {
          runAlone(server, planned);
        } else {
          keepFollowing(server, planned, order);
        }
        return;
      } catch (Replaced | ServerProcess.Overtaken e) {
        return;
      } catch (IOException | RuntimeException e) {
        server.gate().shut(); // until the histories were compared again
        attempts = streamed ? 1 : attempts + 1;
        streamed = false;
        LOG.atWarn()
            .addKeyValue("upstream", upstream)
            .addKeyValue("attempt", attempts)
            .addKeyValue("error", String.valueOf(e.getMessage()))
            .setCause(e instanceof IOException || e instanceof PostgresException ? null : e)
            .log("not following yet");
        Thread.sleep(Math.min(LONGEST_PAUSE, 50L << Math.min(attempts, 8)));
      }
    }
  }

  private void runAlone(Server server, long planned) throws IOException, InterruptedException {
    if (!server.process().isRunning() && Observer.kind(server.context().data()) != Data.UNUSABLE) {
      server.context().data().markStandby();
      server.files().standby(null);
      server.start(planned);
    }
  }

  /// Connects under its own name to nobody whose log isn't known to contain ours, be it by the
  /// Lease or by its history. The WAL receiver of a server that went another way begins at the
  /// start of the segment that both share, and reports what it has replayed as flushed: to a
  /// primary that waits for it this confirms whatever is written up to there (seen with PostgreSQL
  /// 15).
  private void keepFollowing(Server server, long planned, Follow order)
      throws IOException, InterruptedException {
    String upstream = order.upstream();
    Data kind = Observer.kind(server.context().data());
    if (kind != Data.UNUSABLE && !server.process().isRunning()) {
      try {
        control(server);
      } catch (DamagedControlFileException e) {
        clone(server, upstream, "the control file is damaged");
      }
    }
    switch (kind) {
      case UNUSABLE -> recover(server, upstream);
      case PRIMARY -> demote(server, upstream, order.timeline());
      case STANDBY -> {}
    }
    if (!server.process().isRunning()) {
      server.files().standby(null);
      server.start(planned);
    }
    ConnInfo connected = awaitStandby(server, upstream);
    awaitEnd(server);
    long settledAt = 0;
    boolean contained = false;
    boolean compared = false;
    while (true) {
      if (!server.process().isRunning()) {
        throw new IOException("the standby ended");
      }
      Observation seen = server.observer().look();
      contained = contained || order.contains(seen.applied());
      if (contained) {
        connected = connect(server, upstream, server.context().pod().pod(), connected);
      }
      if (!compared) {
        compared = isOnTheWay(server, seen, order, contained); // may take long
        if (compared && !contained) {
          contained = true;
          continue;
        }
      }
      boolean streaming = contained && seen.streaming() && connected != null;
      if (!streaming) {
        settledAt = 0;
        if (walRemoved.getAndSet(false) && !server.gate().mayHelp(ARCHIVE_HELPS)) {
          clone(server, upstream, "the upstream no longer has the WAL that is missing here");
        }
      } else if (settledAt == 0) {
        settledAt = System.nanoTime();
        streamed = true;
        LOG.atInfo()
            .addKeyValue("upstream", upstream)
            .addKeyValue("timeline", seen.timeline())
            .addKeyValue("lsn", seen.status().position().lsn())
            .log("streaming");
      }
      Duration pause = !compared ? SOON : streaming ? SETTLED : CHECK;
      if (server.process().awaitEnd(pause)) {
        throw new IOException("the standby ended");
      }
    }
  }

  /// Waits until the server answers as a standby. Data that a rewind has made is consistent only
  /// with WAL that the upstream wrote meanwhile, so a server that doesn't get there with its own is
  /// pointed to the upstream before: under a name that no commit waits for.
  private @Nullable ConnInfo awaitStandby(Server server, String upstream)
      throws IOException, InterruptedException {
    ConnInfo connected = null;
    long patience = System.nanoTime() + ALONE.toNanos();
    while (server.observer().look().status().phase() != Phase.STANDBY) {
      if (!server.process().isRunning()) {
        throw new IOException("PostgreSQL ended while it started");
      }
      if (System.nanoTime() > patience) {
        connected = connect(server, upstream, server.context().pod().pod() + "-new", connected);
      }
      Thread.sleep(20);
    }
    return connected;
  }

  private static void awaitEnd(Server server) throws IOException, InterruptedException {
    while (!server.observer().look().atEnd()) {
      if (!server.process().isRunning()) {
        throw new IOException("the standby ended");
      }
      Thread.sleep(20);
    }
  }

  /// Points the server at its upstream; again when the address or the name has changed.
  private @Nullable ConnInfo connect(
      Server server, String upstream, String name, @Nullable ConnInfo before)
      throws IOException, InterruptedException {
    String address = upstreams.address(upstream);
    ConnInfo source = following(source(server, address, name), server.context().pod().all());
    if (address.isEmpty() || source.equals(before)) {
      return before;
    }
    server.files().standby(source);
    server.files().write();
    server.process().reload();
    LOG.atInfo()
        .addKeyValue("upstream", upstream)
        .addKeyValue("address", address)
        .addKeyValue("as", name)
        .log("following");
    return source;
  }

  private ConnInfo source(Server server, String address, String name) {
    return ConnInfo.streaming(cluster + "-rw", address, port, name, server.context().paths());
  }

  /// For the WAL receiver. How long it waits for an answer the operator may have been told.
  static ConnInfo following(ConnInfo source, Map<String, String> environment) {
    String timeout = environment.getOrDefault("CNPG_STANDBY_TCP_USER_TIMEOUT", "");
    ConnInfo told = timeout.matches("\\d+") ? source.with("tcp_user_timeout", timeout) : source;
    return told.givingUpSoon();
  }

  /// True when it is known that the upstream's history contains ours; then the archive may help.
  /// Where it doesn't, the data is changed so that it will, and an exception says so.
  ///
  /// @param contained known already: what seems to be more then is WAL of the old timeline that the
  ///   upstream sent before its promotion
  private boolean isOnTheWay(Server server, Observation seen, Follow order, boolean contained)
      throws IOException, InterruptedException {
    String upstream = order.upstream();
    Timeline timeline = order.timeline();
    WalPosition own = seen.applied();
    if (own.equals(WalPosition.NONE)) {
      return false;
    }
    Optional<RejoinDecision.Upstream> past = upstreams.past(upstream, timeline);
    if (past.isEmpty()) {
      return false;
    }
    RejoinDecision decision = RejoinDecision.of(own(server, own), past.get());
    return switch (decision) {
      case RejoinDecision.Follow _ -> {
        boolean outside = timeline.equals(Timeline.NONE);
        if (outside) {
          server.gate().shut();
        } else {
          server.gate().open(past.get().history());
        }
        yield true;
      }
      case RejoinDecision.Wait _ -> false;
      default -> {
        if (contained) {
          yield false;
        }
        LOG.atWarn()
            .addKeyValue("upstream", upstream)
            .addKeyValue("position", own)
            .addKeyValue("history", past.get().history().branches())
            .log("standby went another way than its upstream");
        stop(server);
        keepUnarchived(server, past.get());
        carryOut(server, upstream, decision, past.get().history());
        throw new IOException("made to follow, starting again");
      }
    };
  }

  /// What was a primary becomes a standby: as it is, when the upstream's history has all of it;
  /// else by a rewind.
  private void demote(Server server, String upstream, Timeline timeline)
      throws IOException, InterruptedException {
    Optional<RejoinDecision.Upstream> past = upstreams.past(upstream, timeline);
    if (past.isEmpty()) {
      throw new IOException(upstream + " doesn't write timeline " + timeline + " yet");
    }
    WalPosition end = server.stateOfData(false, WalPosition.NONE).position();
    if (end.equals(WalPosition.NONE)) {
      ControlData control = control(server);
      end = RejoinDecision.Own.beyond(new Timeline(control.timeline()));
    }
    RejoinDecision decision = RejoinDecision.of(own(server, end), past.get());
    LOG.atInfo()
        .addKeyValue("end", end)
        .addKeyValue("decision", decision)
        .log("old primary becomes a standby");
    if (!(decision instanceof RejoinDecision.Wait)) {
      keepUnarchived(server, past.get());
    }
    carryOut(server, upstream, decision, past.get().history());
  }

  /// What this instance had not archived as a primary goes to the archive later: it isn't waited
  /// for.
  private static void keepUnarchived(Server server, RejoinDecision.Upstream past)
      throws InterruptedException {
    ControlData control = control(server);
    if (!server.gate().hasArchive() || control.systemIdentifier() != past.systemIdentifier()) {
      return;
    }
    try {
      keepUnarchived(server, control, past.history());
    } catch (IOException e) {
      LOG.atError().setCause(e).log("WAL that is not in the archive could not be kept for it");
    }
  }

  private static void keepUnarchived(Server server, ControlData control, TimelineHistory upstream)
      throws IOException {
    boolean before = upstream.contains(WalPosition.of(control.timeline(), control.redo().value()));
    UnarchivedWal.Outcome outcome =
        new UnarchivedWal(server.context().data())
            .keep(upstream, control.walSegmentBytes(), before ? control.redo() : Lsn.ZERO);
    if (!outcome.lost().isEmpty()) {
      LOG.atError()
          .addKeyValue("segments", outcome.lost())
          .log("no room to keep WAL that is not in the archive: it is lost");
    } else if (!outcome.kept().isEmpty()) {
      LOG.atInfo().addKeyValue("segments", outcome.kept()).log("WAL kept for the archive");
    }
  }

  private static ControlData control(Server server) throws InterruptedException {
    return server.context().programs().controlData(server.context().data().path());
  }

  /// Before a standby is asked, it has applied all it has.
  private static RejoinDecision.Own own(Server server, WalPosition end)
      throws IOException, InterruptedException {
    ControlData control = control(server);
    return new RejoinDecision.Own(
        control.systemIdentifier(),
        end,
        end,
        server.context().data().history(end.timeline()),
        control.dataChecksums() || control.walLogHints());
  }

  /// Changes the data of the stopped server as decided.
  private void carryOut(
      Server server, String upstream, RejoinDecision decision, TimelineHistory way)
      throws IOException, InterruptedException {
    switch (decision) {
      case RejoinDecision.Follow _ -> server.context().data().markStandby();
      case RejoinDecision.Wait(var reason) -> throw new IOException(reason);
      case RejoinDecision.Clone(var reason) -> clone(server, upstream, reason);
      case RejoinDecision.Rewind(var divergence) -> rewind(server, upstream, divergence, way);
      case RejoinDecision.FollowWithoutSurplus(var divergence) ->
          rewind(server, upstream, divergence, way);
    }
  }

  private void stop(Server server) throws IOException, InterruptedException {
    if (server.process().isRunning()
        && !server.process().stop(StopMode.FAST, STOP)
        && !server.process().fence()) {
      throw new IOException("PostgreSQL can't be stopped");
    }
  }

  private void rewind(Server server, String upstream, WalPosition divergence, TimelineHistory way)
      throws IOException, InterruptedException {
    ServerContext context = server.context();
    ConnInfo source = source(server, required(upstream), context.pod().pod()).lasting();
    LOG.atInfo().addKeyValue("divergence", divergence).log("rewinding");
    unusable(server);
    server.files().standby(null);
    server.files().unlock();
    var rewinder =
        new Rewinder(
            context.programs(),
            context.data(),
            line -> LOG.atInfo().addKeyValue("line", line).log("pg_rewind said"));
    switch (rewind(server, rewinder, source, divergence)) {
      case Rewinder.Outcome.Rewound(var kept) -> {
        WalDirectory.of(context.data()).forgetBranches(way, divergence.timeline());
        server.files().write();
        LOG.atInfo().addKeyValue("kept", kept).log("rewound");
      }
      case Rewinder.Outcome.TryAgain(var reason) ->
          throw new IOException("not rewound, nothing was changed: " + reason);
      case Rewinder.Outcome.Ruined(var reason) ->
          clone(server, upstream, "the rewind failed half way: " + reason);
    }
  }

  /// The server has recycled WAL that the rewind begins with where it got far ahead of the standby
  /// that took over: that comes from the archive, which meanwhile leads along the server's own way.
  private Rewinder.Outcome rewind(
      Server server, Rewinder rewinder, ConnInfo source, WalPosition divergence)
      throws IOException, InterruptedException {
    var own = new Timeline(control(server).timeline());
    Optional<TimelineHistory> way = server.context().data().history(own);
    way.ifPresent(server.gate()::open);
    try {
      boolean restores = way.isPresent() && server.gate().hasArchive();
      return rewinder.rewind(source, divergence, restores, clock.instant());
    } finally {
      server.gate().shut();
    }
  }

  /// Data that was left half made, or none.
  private void recover(Server server, String upstream) throws IOException, InterruptedException {
    String unfinished = server.context().data().unfinished().orElse("");
    clone(
        server, upstream, unfinished.isEmpty() ? "there is no data" : unfinished + " did not end");
  }

  /// Makes a new copy of the upstream's data; what was here is kept under another name.
  ///
  /// @throws Replaced when it is done
  private void clone(Server server, String upstream, String reason)
      throws IOException, InterruptedException {
    stop(server);
    copies.awaitRoom();
    String address = required(upstream);
    LOG.atWarn().addKeyValue("reason", reason).log("cloning anew");
    unusable(server);
    copies.copy(source(server, address, server.context().pod().pod()).lasting());
    server.context().data().markStandby();
    server.files().standby(null);
    server.files().write();
    server.context().data().finish();
    LOG.atInfo().log("cloned");
    cloned.run();
    throw new Replaced();
  }

  private String required(String upstream) throws IOException {
    String address = upstreams.address(upstream);
    if (address.isEmpty()) {
      throw new IOException("the address of " + upstream + " is unknown");
    }
    return address;
  }

  private static void unusable(Server server) {
    server.observer().down(PostgresStatus.down(Data.UNUSABLE, WalPosition.NONE, Exit.NONE));
  }
}
