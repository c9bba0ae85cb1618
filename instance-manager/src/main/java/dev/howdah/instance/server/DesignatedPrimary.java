// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static java.util.Comparator.naturalOrder;

import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.core.wal.Timeline;
import dev.howdah.kube.KubeException;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.command.ProgramRun;
import dev.howdah.postgres.config.ConnInfo;
import dev.howdah.postgres.data.WalDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The primary of a cluster that follows another one: it holds the Lease, as any primary does, and
/// its PostgreSQL is a standby of the other cluster and the upstream of this cluster's standbys.
public final class DesignatedPrimary {
  private static final Logger LOG = LoggerFactory.getLogger(DesignatedPrimary.class);
  private static final Duration CHECKPOINT = Duration.ofMinutes(1);
  private static final Duration ASKED = Duration.ofSeconds(10);
  private static final Duration PROMOTION = Duration.ofMinutes(1);

  private final Server server;
  private final Source source;

  /// The cluster that is followed.
  @FunctionalInterface
  public interface Source {
    /// @return null where there is nobody to stream from: nobody is followed any more, or by the
    ///   archive alone
    @Nullable ConnInfo connection() throws IOException;
  }

  /// What is done with the end of the log.
  @FunctionalInterface
  public interface Stopped {
    void at(ControlData control) throws IOException;
  }

  DesignatedPrimary(Server server, Source source) {
    this.server = server;
    this.source = source;
  }

  /// Whether PostgreSQL is a standby of another cluster now.
  public boolean isInOffice() {
    return server.observer().isDesignated();
  }

  /// Whether the stopped server was a standby already. What was a primary stops in order first, so
  /// that its log has an end: see [#demote].
  boolean mayBegin() throws IOException {
    return Observer.kind(server.context().data()) == Data.STANDBY;
  }

  /// The stopped server's next start is as a standby of the other cluster.
  void prepare() throws IOException {
    ConnInfo outside = source.connection();
    server.context().data().markStandby();
    server.files().designated(outside);
    server.observer().designate(true);
    server.gate().openToSource();
  }

  /// The running standby follows the other cluster from now on.
  void become() throws IOException, InterruptedException {
    server.files().designated(source.connection());
    server.gate().openToSource();
    server.files().write();
    server.process().reload();
    server.observer().designate(true);
    server.awaitPhase(Phase.PRIMARY);
    LOG.info("this instance follows the other cluster");
    server.afterOpening();
  }

  /// The running standby follows the other cluster already: an earlier run of this instance manager
  /// had it do so, and the guard kept it. Where to is not always known; then it isn't taken on.
  public void goOn() {
    try {
      if (mayBegin()) {
        server.files().designated(source.connection());
        server.observer().designate(true);
        server.gate().openToSource();
      }
    } catch (IOException | KubeException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("the other cluster is not known");
    }
  }

  /// Where to connect to may change, or the certificates.
  public void refresh() throws IOException, InterruptedException {
    if (isInOffice()) {
      server.files().designated(source.connection());
      server.reconfigure();
    }
  }

  /// Makes the running primary a standby of the other cluster: it stops in order, so that its log
  /// has an end that can be compared, and starts again.
  ///
  /// @param stopped hears of the control file after the stop, before the next start
  /// @return that control file, which the demotion token is made from
  public ControlData demote(Stopped stopped) throws IOException, InterruptedException {
    source.connection(); // what is wrong with it is known before anything is stopped
    var after = new AtomicReference<ControlData>();
    server
        .restarts()
        .with(
            "demotion",
            CHECKPOINT,
            () -> {
              ControlData control = control();
              if (control.state() != ControlData.State.SHUT_DOWN) {
                throw new IOException("the primary did not stop in order: it stays primary");
              }
              offerLastSegment(control);
              stopped.at(control);
              prepare();
              after.set(control);
            });
    return Objects.requireNonNull(after.get());
  }

  /// The segment that the log ends in is not full, so it isn't archived; who follows the archive
  /// alone needs what is in it. PostgreSQL archives the copy like any other file.
  private void offerLastSegment(ControlData control) throws IOException {
    WalDirectory.of(server.context().data()).offerPartial(control.redoSegment());
  }

  /// The control file after a restart point as near as there can be one.
  public ControlData restartPoint() throws InterruptedException {
    server.checkpoint(CHECKPOINT);
    return control();
  }

  /// Changes with each fence: what was decided before must not be done afterwards.
  public long generation() {
    return server.process().generation();
  }

  /// Whether the server is a standby, as the office asks for: one whose promotion was begun, and
  /// not seen to its end, isn't.
  public boolean recovers() {
    return server.sql().query("SELECT pg_is_in_recovery() AS r").single().flag("r");
  }

  /// Whether the cluster that is followed has a primary that accepts writes. What can't be asked,
  /// as it is gone, say, isn't writing as far as anybody knows.
  public boolean isSourceWriting() throws InterruptedException {
    try {
      ConnInfo outside = source.connection();
      return outside != null && isWriting(outside);
    } catch (IOException | RuntimeException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("the other cluster can't be asked");
      return false;
    }
  }

  /// Asked as who streams from it, so that no other access is needed.
  private boolean isWriting(ConnInfo outside) throws InterruptedException {
    ProgramRun.Output answer =
        server
            .context()
            .programs()
            .run("psql")
            .with("--no-psqlrc", "--no-password", "-A", "-t", "-c", "SHOW in_hot_standby")
            .with(outside.with("replication", "true").toString())
            .within(ASKED)
            .runToEnd();
    return answer.exitCode() == 0 && answer.text().strip().equals("off");
  }

  private ControlData control() throws InterruptedException {
    return server.context().programs().controlData(server.context().data().path());
  }

  /// This cluster follows nobody: clients that were kept out for a demotion to come may connect.
  public void stayPrimary() {
    server.stayPrimary();
  }

  /// Makes the standby a primary of its own, on a new timeline; in turn with all else that is done
  /// to the server, and only to the server that was looked at.
  ///
  /// @param least the lowest number that the timeline may have
  /// @param planned the server's [#generation] from before it was decided
  /// @param complete whether all there is to have is here; else what the archive has is applied
  ///   before
  /// @param leads whether this instance still may write
  /// @param synchronous whom its first commit waits for; null while that isn't known
  public void promote(
      Timeline least,
      long planned,
      boolean complete,
      BooleanSupplier leads,
      Supplier<@Nullable SyncConfig> synchronous)
      throws IOException, InterruptedException {
    BooleanSupplier may = () -> planned == generation() && isInOffice() && leads.getAsBoolean();
    server
        .restarts()
        .await(
            "promotion of the cluster",
            () -> {
              promoteNow(least, complete, may, synchronous);
              return true;
            });
  }

  private static void require(BooleanSupplier may) throws IOException {
    if (!may.getAsBoolean()) {
      throw new IOException("another instance leads, or may do so: not promoted");
    }
  }

  private void promoteNow(
      Timeline least,
      boolean complete,
      BooleanSupplier may,
      Supplier<@Nullable SyncConfig> synchronous)
      throws IOException, InterruptedException {
    require(may);
    SyncConfig voters = synchronous.get();
    if (voters == null) {
      throw new IOException("whom commits must wait for is not known yet: not promoted");
    }
    Timeline current = server.observer().look().timeline();
    WalDirectory wal = WalDirectory.of(server.context().data());
    // one that the other cluster has begun is not to be begun again, though it isn't followed
    Timeline known = wal.newestHistory().orElse(current);
    Timeline next = Stream.of(current.next(), known.next(), least).max(naturalOrder()).get();
    if (complete) {
      server.gate().shut();
    }
    server.files().promoted(voters);
    server.files().write();
    if (recovers()) {
      server.reloadAndWait(); // in force before the first client can commit
      server.commitFlag().see(CHECKPOINT);
      wal.reserveTimelines(current, next);
      require(may);
      server.sql().query("SELECT pg_promote(wait => false)");
    }
    long end = System.nanoTime() + PROMOTION.toNanos();
    while (recovers()) {
      if (System.nanoTime() > end) {
        throw new IOException("PostgreSQL was not promoted in " + PROMOTION.toSeconds() + " s");
      }
      Thread.sleep(50);
    }
    server.gate().shut();
    // From here on the protocol may set synchronous standbys: nothing older may come after that.
    server.reloadAndWait();
    server.observer().designate(false);
    server.observer().look();
    server.afterOpening();
    LOG.atInfo().addKeyValue("timeline", next).log("promoted: this cluster follows nobody");
  }
}
