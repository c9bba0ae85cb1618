// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.job.Folders;
import dev.howdah.instance.server.ArchiveGate;
import dev.howdah.instance.server.Observer;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.volume.EmptyArchiveMark;
import dev.howdah.kube.ClusterStatus;
import dev.howdah.kube.ClusterStatus.Condition;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.objectstore.StoreException;
import dev.howdah.postgres.command.ControlData;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// The archive of a running instance: answers the stubs, says in the Cluster how it goes, and looks
/// after what is stored.
public final class Archiving implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Archiving.class);
  private static final Duration PACE = Duration.ofSeconds(15);
  private static final Duration CATALOGUE_EVERY = Duration.ofMinutes(30);
  private static final String CONTINUOUS = "ContinuousArchiving";
  private static final String SKIP = "cnpg.io/skipEmptyWalArchiveCheck";

  private final PodEnvironment pod;
  private final ServerContext context;
  private final Supplier<JsonNode> cluster;
  private final Observer observer;
  private final Supplier<String> holder;
  private final ArchiveGate gate;
  private final Runnable switchWal;
  private final KubeClient kube;
  private final Stores stores;
  private final ClusterStatus status;
  private final EventRecorder events;
  private final InstantSource clock;
  private final ArchiveCommand archiver;
  private final RestoreCommand restorer;
  private final FollowingReport following;
  private final WalPort port;
  private final BlockingQueue<Boolean> bell = new ArrayBlockingQueue<>(1);
  private final AtomicReference<@Nullable Condition> pending = new AtomicReference<>();
  private volatile @Nullable Condition told;
  private volatile long segmentBytes;
  private volatile long systemId;
  private final ArchiveHoles holes;
  private int filledTimeline;
  private volatile int archivedTimeline;
  private final LeftWal left;
  private final Pace catalogue = new Pace(CATALOGUE_EVERY);
  private final Readability readability;
  private volatile boolean archivingTurned;
  private @Nullable StoreSpec catalogued;
  private String sweepRefused = "";
  private boolean scarce;

  /// What an instance has that its archive needs.
  ///
  /// @param holder who holds the Lease; empty if nobody or unknown
  /// @param switchWal asks the primary to end its WAL segment
  public record Parts(
      PodEnvironment pod,
      ServerContext context,
      Supplier<JsonNode> cluster,
      Observer observer,
      Supplier<String> holder,
      ArchiveGate gate,
      Runnable switchWal,
      EventRecorder events) {}

  public Archiving(Parts parts, KubeClient kube, InstantSource clock) throws IOException {
    this.pod = parts.pod();
    this.context = parts.context();
    this.cluster = parts.cluster();
    this.observer = parts.observer();
    this.holder = parts.holder();
    this.gate = parts.gate();
    this.switchWal = parts.switchWal();
    this.events = parts.events();
    this.kube = kube;
    this.clock = clock;
    this.stores = new Stores(kube, pod.namespace());
    this.status = new ClusterStatus(kube, pod.namespace(), pod.cluster(), clock);
    this.readability = new Readability(status);
    this.archiver = new ArchiveCommand(context.data(), new Target(), new Listener());
    this.holes = new ArchiveHoles(context.data(), System::nanoTime);
    this.left =
        new LeftWal(
            context.data(), what -> events.warning(cluster.get(), "WALNotArchived", what), clock);
    var source = new StandbySource(cluster, stores, gate, this::segmentBytes, this::wake);
    this.restorer = new RestoreCommand(context.data(), source);
    this.following = new FollowingReport(cluster, observer, source, restorer::awaited);
    gate.use(time -> hasArchive() && (time.isZero() || restorer.restoredWithin(time)));
    this.port = WalPort.start(pod.listenAddress(), pod.paths().scratch(), this::answer);
  }

  private String answer(String... words) throws InterruptedException {
    return switch (words[0]) {
      case "archive" -> {
        String why = archiver.archive(words.length > 1 ? words[1] : "");
        yield why.isEmpty() ? "ok" : "failed " + why;
      }
      case "restore" ->
          words.length < 3 ? "failed what?" : restorer.restore(words[1], words[2]).line();
      case "switch" -> {
        switchWal.run();
        yield "ok";
      }
      default -> "failed unknown question";
    };
  }

  private Optional<StoreSpec> own() {
    return StoreSpec.own(cluster.get(), stores);
  }

  private long segmentBytes() {
    long known = segmentBytes;
    if (known == 0) {
      try {
        ControlData control = context.programs().controlData(context.data().path());
        known = control.walSegmentBytes();
        systemId = control.systemIdentifier();
        segmentBytes = known;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
    return known;
  }

  private final class Target implements ArchiveCommand.Target {
    @Override
    public Optional<Stores.Opened> store() {
      return own().map(stores::open);
    }

    @Override
    public long segmentBytes() {
      return Archiving.this.segmentBytes();
    }

    @Override
    public long systemId() {
      segmentBytes(); // both are read at once
      return systemId;
    }

    @Override
    public String forbidden() {
      String primary = holder.get();
      return primary.isEmpty() || primary.equals(pod.pod())
          ? ""
          : primary + " is the primary now; only the primary archives";
    }

    @Override
    public boolean onlyLooks() {
      return observer.last().status().phase() == Phase.STANDBY
          && observer.look().status().phase() == Phase.STANDBY;
    }

    @Override
    public boolean skipsEmptyCheck() {
      return Json.annotation(cluster.get(), SKIP).equals("enabled");
    }
  }

  private final class Listener implements ArchiveCommand.Listener {
    @Override
    public void archived(String file) {
      noteTimeline(file);
      tell(
          new Condition(
              CONTINUOUS, true, "ContinuousArchivingSuccess", "Continuous archiving is working"));
    }

    @Override
    public void failed(String file, String why) {
      tell(new Condition(CONTINUOUS, false, "ContinuousArchivingFailing", why));
    }
  }

  /// The first segment of a timeline shows whether what came before it is whole.
  private void noteTimeline(String file) {
    WalFile.named(file)
        .filter(f -> f.kind() == WalFile.Kind.SEGMENT && f.timeline() != archivedTimeline)
        .ifPresent(f -> {
          archivedTimeline = (int) f.timeline();
          holes.lookSoon();
          wake();
        });
  }

  private void tell(Condition condition) {
    Condition before = told;
    if (!condition.equals(before)) {
      told = condition;
      pending.set(condition);
      archivingTurned = true;
      wake();
      if (!condition.status() && (before == null || before.status())) {
        JsonNode about = cluster.get();
        Thread.startVirtualThread(
            () -> events.warning(about, "ContinuousArchivingFailing", condition.message()));
      }
    }
  }

  /// Tells the stubs what the Cluster says now, and looks at the archive where that asks for it.
  public void clusterChanged(JsonNode resource) throws IOException {
    Folders.sayWhetherArchiving(pod, resource);
    if (holes.mayHaveEnded(resource)) {
      wake();
    }
  }

  /// Whether there is an archive that a standby can get missing WAL from.
  public boolean hasArchive() {
    try {
      return own().isPresent();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /// Something changed: look now.
  public void wake() {
    bell.offer(true);
  }

  /// Does what comes up until interrupted.
  public void run() throws InterruptedException {
    repeat(
        bell,
        PACE,
        () -> {
          Condition condition = pending.getAndSet(null);
          if (condition != null) {
            write(condition);
          }
          tellFollowing();
          upkeep();
        });
  }

  /// What [#run] does again and again.
  @FunctionalInterface
  interface Round {
    void run() throws IOException;
  }

  /// Nothing but an interrupt ends it: without it nobody fills gaps, deletes, or says how it goes.
  static void repeat(BlockingQueue<Boolean> bell, Duration pace, Round round)
      throws InterruptedException {
    while (true) {
      bell.poll(pace.toMillis(), TimeUnit.MILLISECONDS);
      try {
        round.run();
      } catch (KubeException | StoreException | IllegalArgumentException | IOException e) {
        LOG.atInfo().addKeyValue("error", e.getMessage()).log("archive upkeep incomplete");
      } catch (RuntimeException e) {
        LOG.atWarn().setCause(e).log("archive upkeep failed");
        Thread.sleep(pace);
      }
    }
  }

  /// Says how a cluster that follows another one gets on.
  private void tellFollowing() {
    if (holder.get().equals(pod.pod())) {
      following
          .due(System.nanoTime())
          .ifPresent(condition -> {
            status.set(condition);
            following.told(condition, System.nanoTime());
          });
    }
  }

  /// The cluster isn't promoted because of its token.
  ///
  /// @param why and what to do; empty: it isn't so, or no longer
  public void refused(String why) {
    following.refused(why);
  }

  /// PostgreSQL says that the cluster that is followed went another way.
  public void diverged(String how) {
    following.diverged(how);
    wake();
  }

  private void write(Condition condition) {
    try {
      status.set(condition);
    } catch (KubeException e) {
      told = null; // the next file says it again
      throw e;
    }
  }

  private void upkeep() throws IOException {
    Phase phase = observer.last().status().phase();
    if (phase == Phase.STANDBY || phase == Phase.PRIMARY) {
      left.archive(() -> own().map(stores::open), segmentBytes());
    }
    if (phase == Phase.STANDBY) {
      forgetEmptyCheck();
      filledTimeline = 0;
      catalogue.soon();
      return;
    }
    if (phase != Phase.PRIMARY || !holder.get().equals(pod.pod())) {
      return;
    }
    Optional<StoreSpec> own = own();
    if (own.isEmpty()) {
      Retained.forgetStore(cluster.get(), status);
      catalogued = null;
      return;
    }
    watchRoom();
    int timeline = observer.last().status().position().timeline().id();
    if (timeline == 0) {
      return; // the server has just begun to follow another cluster
    }
    if (timeline != filledTimeline && !new EmptyArchiveMark(context.data()).isThere()) {
      new GapFiller(context.data())
          .fill(
              stores.open(own.get()).archive(segmentBytes()),
              observer.last().status().position().timeline(),
              segmentBytes());
      filledTimeline = timeline;
    }
    if (filledTimeline == timeline && holes.isDue(cluster.get())) {
      lookForHoles(own.get());
    }
    if (archivingTurned || !own.get().equals(catalogued)) {
      archivingTurned = false; // other keys perhaps, with which older backups can't be read
      catalogued = own.get();
      catalogue.soon();
    }
    if (catalogue.isDue(System.nanoTime())) {
      boolean done = false;
      try {
        readability.during(
            cluster.get(), Retained.method(cluster.get()), () -> catalogue(own.get()));
        done = true;
      } finally {
        if (done) {
          catalogue.succeeded(System.nanoTime());
        } else {
          catalogue.failed(System.nanoTime());
        }
      }
    }
  }

  /// Says once that the volume of WAL fills up.
  private void watchRoom() throws IOException {
    Optional<String> warning =
        WalRoom.of(context.data().path().resolve("pg_wal")).warning(segmentBytes());
    if (warning.isPresent() && !scarce) {
      LOG.atWarn().addKeyValue("why", warning.get()).log("the volume of WAL fills up");
      events.warning(cluster.get(), "WALVolumeFilling", warning.get());
    }
    scarce = warning.isPresent();
  }

  private void lookForHoles(StoreSpec own) throws IOException {
    Optional<Condition> found =
        holes.tryToLook(
            stores.open(own),
            observer.last().status().position().timeline(),
            segmentBytes(),
            cluster.get());
    if (found.isPresent() && status.set(found.get()) && !found.get().status()) {
      events.warning(cluster.get(), "ArchiveIncomplete", found.get().message());
    }
  }

  /// Once the Cluster has archived anything, what is there is its own.
  private void forgetEmptyCheck() throws IOException {
    for (JsonNode condition : cluster.get().path("status").path("conditions")) {
      if (condition.path("type").asText("").equals(CONTINUOUS)
          && condition.path("status").asText("").equals("True")) {
        new EmptyArchiveMark(context.data()).delete();
      }
    }
  }

  private void catalogue(StoreSpec own) {
    var catalogue = new Catalogue(stores.open(own));
    String policy = Retained.policy(cluster.get(), stores);
    Instant now = clock.instant();
    var gone =
        catalogue.enforce(
            policy, now, () -> Catalogue.snapshots(kube, pod.namespace(), pod.cluster(), now));
    catalogue.forget(kube, pod.namespace(), pod.cluster(), gone);
    boolean known = !cluster.get().path("status").path("lastSuccessfulBackup").asText("").isEmpty();
    catalogue.tell(status, Retained.method(cluster.get()), known);
    sweep(catalogue);
  }

  /// Leftovers cost room only: who may not list uploads has a catalogue all the same.
  private void sweep(Catalogue catalogue) {
    try {
      catalogue.sweep(kube, pod.namespace(), pod.cluster(), clock.instant());
      sweepRefused = "";
    } catch (StoreException e) {
      String why = String.valueOf(e.getMessage());
      LOG.atLevel(why.equals(sweepRefused) ? Level.DEBUG : Level.WARN)
          .addKeyValue("error", why)
          .log("leftovers of interrupted backups stay in the store");
      sweepRefused = why;
    }
  }

  @Override
  public void close() throws IOException {
    port.close();
    archiver.close();
    restorer.close();
    stores.close();
  }
}
