// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.leadership.Effect;
import dev.howdah.core.leadership.Effect.StopReason;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Exit;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.replica.Following;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.instance.lead.PostgresPort;
import dev.howdah.instance.server.Progress.Stage;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.command.DamagedControlFileException;
import dev.howdah.postgres.command.Postmaster;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.data.WalDirectory;
import dev.howdah.postgres.sql.PgServer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the leadership protocol asks of PostgreSQL, done.
public final class Server implements PostgresPort {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);
  private static final Duration QUESTION = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(10);

  /// Data that can't be read for so long is given up for now.
  private static final Duration PASSING = Duration.ofSeconds(2);

  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final Duration SEAL_AGAIN = Duration.ofMillis(500);
  private static final int STARTS = 3;
  private static final String END_OF_LOG =
      """
      SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
        ELSE pg_current_wal_insert_lsn() END AS lsn\
      """;

  private static final PostgresStatus UNREADABLE =
      PostgresStatus.down(Data.UNUSABLE, WalPosition.NONE, Exit.STORAGE);

  /// Also of one that isn't connected yet, which `pg_stat_wal_receiver` doesn't show.
  private static final String RECEIVERS =
      "SELECT count(*) AS receivers FROM pg_stat_activity WHERE backend_type = 'walreceiver'";

  private final ServerContext context;
  private final ServerProcess process;
  private final ServerFiles files;
  private final PgServer sql;
  private final Observer observer;
  private final Orders orders = new Orders();
  private final ArchiveGate gate = new ArchiveGate();
  private final Rejoin rejoin;
  private final Consumer<Event> events;
  private final Supplier<StopLimits> limits;
  private final Hooks hooks;
  private volatile boolean storageFailed;
  private final OrderlyStop orderlyStop;
  private final Restarts restarts;
  private final DesignatedPrimary designated;
  private final CommitFlag commitFlag;
  private volatile boolean closedForDemotion;
  private @Nullable Postmaster promoting;

  /// The Cluster's limits for an orderly stop.
  ///
  /// @param hasPeers somebody could take over, so that open sessions must not hold up the end
  public record StopLimits(Duration smart, Duration total, boolean hasPeers) {}

  /// What others do at certain moments.
  public interface Hooks {
    /// No space for WAL: the instance manager ends with its own exit code, which the operator
    /// knows.
    void outOfSpace();

    /// The server accepts writes.
    void leading();

    /// Whether an elected standby takes office instead of being promoted, by what the Cluster says
    /// now.
    ///
    /// @throws IOException if that can't be known, and matters
    boolean takesOffice() throws IOException;
  }

  public Server(
      ServerContext context,
      ServerProcess process,
      ServerFiles files,
      PgServer sql,
      Observer observer,
      Rejoin rejoin,
      Consumer<Event> events,
      Supplier<StopLimits> limits,
      DesignatedPrimary.Source outside,
      Hooks hooks) {
    this.context = context;
    this.process = process;
    this.files = files;
    this.sql = sql;
    this.observer = observer;
    this.rejoin = rejoin;
    this.events = events;
    this.limits = limits;
    this.hooks = hooks;
    this.orderlyStop = new OrderlyStop(process, sql, observer, limits);
    this.restarts = new Restarts(this);
    this.commitFlag = new CommitFlag(this);
    this.designated = new DesignatedPrimary(this, outside);
  }

  /// Whether no order is at work but that of following an upstream, from which WAL streams.
  public boolean isIdle() {
    return (orders.isIdle() || observer.last().streaming()) && !restarts.isUnderWay();
  }

  // ---- the end of a server

  /// To be called when the server has ended and no process is left: finds out how, and where its
  /// log ends.
  public void ended(boolean asked) throws InterruptedException {
    if (restarts.isUnderWay() && asked) {
      return; // it comes back as what it was; the Lease is held meanwhile
    }
    foundDown(asked, observer.last().status().position());
  }

  /// Tells that no server runs, and what is left of it. Data that can't be read is on a volume that
  /// failed, for all that is known; whoever else has a copy needn't wait for it.
  void foundDown(boolean asked, WalPosition reached) throws InterruptedException {
    long end = System.nanoTime() + PASSING.toNanos();
    Optional<PostgresStatus> state = tryStateOfData(asked, reached);
    while (state.isEmpty() && System.nanoTime() < end) {
      Thread.sleep(AGAIN);
      state = tryStateOfData(asked, reached);
    }
    observer.down(state.orElse(UNREADABLE));
    if (state.isEmpty()) {
      Thread.ofVirtual().name("unreadable data").start(() -> lookAgain(asked, reached));
    }
  }

  private Optional<PostgresStatus> tryStateOfData(boolean asked, WalPosition reached)
      throws InterruptedException {
    try {
      return Optional.of(stateOfData(asked, reached));
    } catch (IOException | PostgresException e) {
      LOG.atError().addKeyValue("error", e.getMessage()).log("the data can't be read");
      return Optional.empty();
    }
  }

  /// Until it can be read, or something else is done about it.
  private void lookAgain(boolean asked, WalPosition reached) {
    try {
      while (isUnreadable()) {
        Thread.sleep(AGAIN);
        Optional<PostgresStatus> state = tryStateOfData(asked, reached);
        if (state.isPresent() && isUnreadable()) {
          observer.down(state.get());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isUnreadable() {
    return observer.last().status().equals(UNREADABLE) && !process.isRunning();
  }

  /// What is in the data directory, while no server runs.
  public PostgresStatus stateOfData(boolean asked, WalPosition reached)
      throws IOException, InterruptedException {
    Data kind = Observer.kind(context.data());
    if (kind == Data.UNUSABLE) {
      return PostgresStatus.down(kind, WalPosition.NONE, Exit.NONE);
    }
    ControlData control;
    try {
      control = context.programs().controlData(context.data().path());
    } catch (DamagedControlFileException e) {
      LOG.atError().addKeyValue("error", e.getMessage()).log("data can't be used");
      return PostgresStatus.down(Data.UNUSABLE, WalPosition.NONE, Exit.NONE);
    }
    if (kind == Data.PRIMARY && HalfPromotion.isLeftIn(context.data(), control)) {
      kind = standbyAgain();
    }
    boolean clean = control.state().isClean();
    WalPosition end =
        kind == Data.PRIMARY ? LogEnd.find(context, control, reached) : WalPosition.NONE;
    Exit exit = clean ? Exit.CLEAN : storageFailed ? Exit.STORAGE : Exit.CRASH;
    if (!clean && asked) {
      LOG.warn("PostgreSQL was asked to stop and didn't write its shutdown checkpoint");
    }
    return PostgresStatus.down(kind, end, exit);
  }

  private Data standbyAgain() {
    try {
      context.data().markStandby();
      LOG.warn("a promotion was begun here and did not end: PostgreSQL is a standby again");
      return Data.STANDBY;
    } catch (IOException e) {
      LOG.atError().setCause(e).log("a promotion did not end, and can't be taken back");
      return Data.UNUSABLE;
    }
  }

  /// PostgreSQL's log says that the storage failed: such a server isn't started again here while
  /// another copy exists.
  public void storageFailed() {
    storageFailed = true;
  }

  @Override
  public boolean fence(String reason) throws InterruptedException {
    LOG.atWarn().addKeyValue("reason", reason).log("fencing PostgreSQL");
    gate.shut();
    orders.cancel();
    observer.progress().end();
    return process.fence();
  }

  @Override
  public boolean callOff() throws InterruptedException {
    orders.cancel();
    observer.progress().end();
    return process.callOff();
  }

  // ---- primary

  @Override
  public void startAsPrimary(SyncConfig sync, boolean open) {
    gate.shut();
    observer.progress().start();
    long planned = process.generation();
    orders.replace(
        "start as primary",
        () -> {
          closedForDemotion = false;
          switch (Following.start(followsAnother(), designated.mayBegin())) {
            case IN_OFFICE -> designated.prepare();
            case CLOSED_PRIMARY -> {
              closedForDemotion = open;
              files.primary(sync, false);
            }
            case PRIMARY -> files.primary(sync, open);
          }
          startSoon(planned);
          awaitPhase(Phase.PRIMARY);
          observer.progress().end();
          afterOpening();
        });
  }

  /// What fails before there is a process is tried again a few times; what fails later, the
  /// protocol hears of.
  private void startSoon(long planned) throws IOException, InterruptedException {
    int[] left = {STARTS};
    Orders.untilDone(
        "start as primary",
        () -> --left[0] > 0 && !process.isRunning() && process.generation() == planned,
        () -> start(planned));
  }

  @Override
  public void adopt(SyncConfig sync) {
    if (!designated.isInOffice()) {
      files.adopted(sync);
      orders.append("look whether clients are let in", this::tellIfClosed);
    }
    hooks.leading();
  }

  @Override
  public void open() {
    orders.append(
        "open",
        () -> {
          files.openToClients();
          if (!files.write().isEmpty()) {
            process.reload();
          }
          hooks.leading();
        });
  }

  /// No demotion comes: clients that were kept out for one may connect.
  void stayPrimary() {
    if (closedForDemotion) {
      closedForDemotion = false;
      open();
    }
  }

  @Override
  public void promote(Timeline timeline, SyncConfig sync) {
    gate.shut();
    orders.replace(
        "promote",
        () -> {
          var office = new AtomicBoolean();
          observer.progress().promotion(Stage.CLUSTER);
          Orders.untilDone(
              "look at the Cluster", process::isRunning, () -> office.set(hooks.takesOffice()));
          if (office.get()) {
            Orders.untilDone("designation", process::isRunning, designated::become);
            observer.progress().end();
            return;
          }
          files.primary(sync, true);
          Orders.untilDone(
              "promotion", process::isRunning, () -> promoteOnce(timeline, sync.isAsynchronous()));
          observer.progress().end();
          process.reload();
          afterOpening();
        });
  }

  private boolean followsAnother() {
    return files.cluster().replica().enabled();
  }

  private void promoteOnce(Timeline timeline, boolean asynchronous)
      throws IOException, InterruptedException {
    Observation before = observer.look();
    Postmaster running = process.postmaster();
    if (before.status().phase() != Phase.PRIMARY && (running == null || running != promoting)) {
      files.write();
      if (!asynchronous) {
        observer.progress().promotion(Stage.CHECKPOINTER);
        reloadAndWait(); // in force before the first client can commit
        commitFlag.see(QUESTION);
      }
      WalDirectory.of(context.data()).reserveTimelines(before.timeline(), timeline);
      sql.query("SELECT pg_promote(wait => false)");
      promoting = running;
    }
    observer.progress().promotion(Stage.RECOVERY);
    awaitPhase(Phase.PRIMARY);
  }

  /// A checkpoint soon, so that others can be rewound to this timeline; nobody waits for it.
  void afterOpening() {
    Thread.ofVirtual()
        .name("checkpoint")
        .start(() -> {
          try {
            sql.checkpoint(Duration.ofMinutes(30));
          } catch (PostgresException e) {
            LOG.atInfo().addKeyValue("error", e.getMessage()).log("checkpoint failed");
          }
        });
    hooks.leading();
  }

  @Override
  public void applySync(SyncConfig config) {
    orders.appendInstead(
        "apply synchronous standbys",
        () -> {
          new SyncRule(this).apply(config);
          String lsn = sql.query(END_OF_LOG).single().text("lsn");
          events.accept(new Event.SyncApplied(config, Lsn.parse(lsn)));
        });
  }

  /// Stops and starts of the primary while the Lease is held.
  public Restarts restarts() {
    return restarts;
  }

  public boolean isRestarting() {
    return restarts.isUnderWay();
  }

  // ---- standby

  @Override
  public void follow(Effect.Follow order) {
    long planned = process.generation();
    String name = "follow %s on %s (%d)".formatted(order.upstream(), order.timeline(), planned);
    if (orders.isDoing(name)) {
      return; // it goes on by itself when the server ends, which it may have stopped for a rewind
    }
    gate.shut(); // until the histories were compared
    orders.replace(name, () -> rejoin.follow(this, planned, order));
  }

  @Override
  public void seal(String version) {
    gate.shut();
    orders.replace(
        "seal",
        () -> {
          try {
            events.accept(new Event.Sealed(version, stopReceiver()));
          } catch (IOException | RuntimeException e) {
            LOG.atWarn().addKeyValue("reason", String.valueOf(e.getMessage())).log("not sealed");
            Thread.sleep(SEAL_AGAIN); // the protocol orders it anew at once
            events.accept(new Event.SealFailed(version, String.valueOf(e.getMessage())));
          }
        });
  }

  private WalPosition stopReceiver() throws IOException, InterruptedException {
    if (observer.last().status().phase() != Phase.STANDBY) {
      throw new IOException("PostgreSQL doesn't run as a standby");
    }
    observer.look();
    files.standby(null);
    files.write();
    reloadAndWait(); // until it is told, the startup process may begin a receiver anew
    long end = System.nanoTime() + QUESTION.toNanos();
    while (true) {
      boolean receives = sql.query(RECEIVERS).single().number("receivers") > 0;
      Observation seen = observer.ask(); // after the receiver, which may have got more at its end
      if (!receives && !seen.status().receiving() && seen.atEnd()) {
        return seen.status().position();
      }
      if (System.nanoTime() > end) {
        throw new IOException(
            receives ? "the WAL receiver did not end" : "what is on disk isn't applied yet");
      }
      Thread.sleep(POLL);
    }
  }

  // ---- stop

  @Override
  public void stop(Duration deadline, StopReason reason) {
    gate.shut();
    orders.replace("stop", () -> orderlyStop.run(deadline, reason));
  }

  /// Makes the shutdown's own checkpoint short, while clients still work.
  void checkpoint(Duration deadline) {
    orderlyStop.checkpoint(deadline);
  }

  // ---- shared

  /// Starts the server with the files as they should be now, and waits until it answers or has
  /// ended.
  void start(long planned) throws IOException, InterruptedException {
    context.data().restrictAccess();
    ControlData control = context.programs().controlData(context.data().path());
    LOG.atInfo()
        .addKeyValue("state", control.state())
        .addKeyValue("timeline", control.timeline())
        .addKeyValue("checkpoint", control.checkpoint())
        .log("data directory");
    context.moveWalToItsVolume();
    if (!WalDirectory.of(context.data()).hasRoom(control.walSegmentBytes())) {
      LOG.error("no space left for WAL: PostgreSQL isn't started");
      hooks.outOfSpace();
      throw new IOException("no space left for WAL");
    }
    if (Observer.kind(context.data()) == Data.STANDBY) {
      WalDirectory.of(context.data()).forgetReserved(control.recoveryTimeline());
    }
    files.minimums(control);
    files.write();
    ServerConfiguration configuration = files.written();
    if (configuration != null) {
      files.starting();
      storageFailed = false; // that was the server before
      process.start(planned, configuration, files.leads());
    }
  }

  void awaitPhase(Phase wanted) throws IOException, InterruptedException {
    while (observer.look().status().phase() != wanted) {
      if (!process.isRunning()) {
        throw new IOException("PostgreSQL ended while it started");
      }
      Thread.sleep(POLL);
    }
  }

  /// Waits until the server shows the files that were written.
  void reloadAndWait() throws IOException, InterruptedException {
    ServerConfiguration configuration = files.written();
    if (configuration == null) {
      return;
    }
    process.reload();
    if (!sql.awaitSetting(ServerConfiguration.FILES_HASH, configuration.filesHash(), QUESTION)) {
      throw new IOException("PostgreSQL did not take its new configuration");
    }
  }

  /// The manager before this one may have restarted it just before it died.
  private void tellIfClosed() throws IOException {
    if (files.isClosed() && files.closeToClients()) {
      tell(new Event.RestartedClosed(observer.look().status().position()));
    }
  }

  void tell(Event event) {
    events.accept(event);
  }

  CommitFlag commitFlag() {
    return commitFlag;
  }

  ServerProcess process() {
    return process;
  }

  Orders orders() {
    return orders;
  }

  PgServer sql() {
    return sql;
  }

  StopLimits limits() {
    return limits.get();
  }

  Hooks hooks() {
    return hooks;
  }

  /// The primary of a cluster that follows another one.
  public DesignatedPrimary designated() {
    return designated;
  }

  /// Whether the standby may take WAL from the archive now.
  public ArchiveGate gate() {
    return gate;
  }

  ServerFiles files() {
    return files;
  }

  Observer observer() {
    return observer;
  }

  public ServerContext context() {
    return context;
  }

  /// The Cluster changed: brings the files up to date. True if anything changed.
  public boolean reconfigure() throws IOException, InterruptedException {
    if (observer.last().status().phase() == Phase.STANDBY || observer.isDesignated()) {
      // falls when the primary was restarted with less, and only then this server may follow
      files.minimums(context.programs().controlData(context.data().path()));
    }
    // Without a server the folder may be one that is just being copied: nothing is written there.
    if (files.written() == null || !process.isRunning()) {
      return false;
    }
    boolean changed = !files.write().isEmpty();
    if (changed) {
      reloadAndWait();
    }
    if (observer.last().status().phase() == Phase.STANDBY || observer.isStillDesignated()) {
      commitFlag.seeSoon();
    }
    return changed;
  }

  /// Deletes old copies of the data, when it is time for that.
  ///
  /// @return false: the present data isn't known to be good, so nothing may go
  public boolean forgetKept(Instant now) throws IOException {
    if (!KeptData.isGood(observer.last())) {
      return false;
    }
    KeptData.forget(context, now);
    return true;
  }

  /// Ends what is at work, for good.
  public void close() {
    orders.cancel();
  }
}
