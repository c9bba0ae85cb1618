// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.leadership.Effect;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.Kept;
import dev.howdah.core.leadership.Leadership;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.Role;
import dev.howdah.core.leadership.Settings;
import dev.howdah.core.leadership.State;
import dev.howdah.core.replica.Following;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.archive.Archiving;
import dev.howdah.instance.backup.BackupRunner;
import dev.howdah.instance.cluster.ClusterFields;
import dev.howdah.instance.cluster.ClusterSource;
import dev.howdah.instance.cluster.PrimaryAnnouncer;
import dev.howdah.instance.cluster.QuorumMirror;
import dev.howdah.instance.declared.DeclaredUpkeep;
import dev.howdah.instance.dump.DatabaseRestores;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.instance.guard.Guard;
import dev.howdah.instance.http.StatusServer;
import dev.howdah.instance.job.Folders;
import dev.howdah.instance.lead.Directory;
import dev.howdah.instance.lead.LeadershipLoop;
import dev.howdah.instance.lead.LeaseStore;
import dev.howdah.instance.lead.Peers;
import dev.howdah.instance.log.PostgresLog;
import dev.howdah.instance.metrics.Exporter;
import dev.howdah.instance.metrics.MetricsServer;
import dev.howdah.instance.outside.OutsideServers;
import dev.howdah.instance.recovery.DrillCheck;
import dev.howdah.instance.server.DataCopy;
import dev.howdah.instance.server.Observer;
import dev.howdah.instance.server.Rejoin;
import dev.howdah.instance.server.Server;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.server.ServerFiles;
import dev.howdah.instance.server.ServerProcess;
import dev.howdah.instance.update.Program;
import dev.howdah.instance.update.Update;
import dev.howdah.instance.volume.ClaimCheck;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.kube.WatchEvent;
import dev.howdah.postgres.config.ConnInfo;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.ServerAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One run of an instance: from the start of its container to its end.
public final class InstanceRun {
  private static final Logger LOG = LoggerFactory.getLogger(InstanceRun.class);
  private static final int POSTGRES_PORT = 5432;
  private static final int STATUS_PORT = 8000;
  private static final Duration POLL = Duration.ofMillis(50);

  private final PodEnvironment pod;
  private final InstantSource wall = InstantSource.system();
  private final BootClock clock = new BootClock();
  private final Ending ending = new Ending();
  private final Routes routes = new Routes();

  private final KubeClient kube;
  private final ServerContext context;
  private final Volume volume;
  private final ClusterSource cluster;
  private final Certificates certificates;
  private final StatusServer status;
  private final Guard guard;
  private final Settings settings;
  private final PgServer sql;
  private final ServerProcess process;
  private final ServerFiles files;
  private final Observer observer;
  private final Server server;
  private final Peers peers;
  private final Directory directory;
  private final LeadershipLoop loop;
  private final Probes probes;
  private final StatusReport report;
  private final Upkeep upkeep;
  private final DeclaredUpkeep declared;
  private final DrillCheck drill;
  private final DatabaseRestores databaseRestores;
  private final EventRecorder recorder;
  private volatile @Nullable Incidents incidents;
  private final String podUid;
  private final Archiving archiving;
  private final String session = UUID.randomUUID().toString();
  private final Replacement replacement;
  private final Update update;
  private final BackupRunner backups;
  private volatile boolean toldInOffice;

  /// As [Termination] finds it.
  private volatile Duration stopWithin = ChronoUnit.FOREVER.getDuration();

  /// Whether this process was started beside another version, to take its place.
  private final boolean second;

  public InstanceRun(PodEnvironment pod)
      throws IOException, InterruptedException, GeneralSecurityException {
    this.pod = pod;
    // What the first answer to a probe waits for goes first: the API server has the certificates.
    Beside.start("handshakes", Beside::rehearseHandshakes);
    var found = Beside.start("installation", () -> ServerContext.of(pod, InstanceRun::said));
    kube = new KubeClient(KubeSettings.inCluster(pod.root(), pod.all()));
    Folders.prepare(pod);
    Folders.tablespaces(pod);
    second = Update.isSecond(pod.all());
    var data = new DataDirectory(pod.pgData());
    volume = second ? Volume.beside(data) : Volume.open(data);
    cluster = new ClusterSource(kube, pod.namespace(), pod.cluster(), volume);
    JsonNode resource = cluster.load();
    if (!second) {
      Folders.sayWhetherArchiving(pod, resource);
    }
    certificates = new Certificates(kube, pod, pod.paths().certificates());
    certificates.load(resource);
    StatusServer early = second ? null : startStatus();
    context = found.result();
    settings = new ClusterFields(resource).leadership();
    Duration retry = settings.timings().retryPeriod();
    guard = Guard.connect(pod.all(), clock, this::guardFired, this::guardLost);
    sql =
        new PgServer(
            new ServerAddress.Local(context.paths().socketDirectory(), POSTGRES_PORT),
            PgServer.session("postgres", "postgres", "howdah"),
            retry);
    process = new ServerProcess(context, guard, this::serverEnded);
    files = new ServerFiles(context, resource);
    observer =
        new Observer(
            context.data(),
            process,
            sql,
            clock,
            this::submit,
            retry,
            Duration.ofNanos(settings.timings().permit()));
    directory = new Directory(kube.deadline(retry), pod.namespace(), System::nanoTime);
    directory.learn(resource);
    peers = new Peers(certificates.tls().clientContext(), directory, STATUS_PORT, retry);
    var rejoin =
        new Rejoin(
            pod.cluster(),
            POSTGRES_PORT,
            new DataCopy(context, volume, wall, this::lacksRoom),
            new PeerHistory(peers, directory),
            wall,
            this::cloned);
    server =
        new Server(
            context,
            process,
            files,
            sql,
            observer,
            rejoin,
            this::submit,
            this::limits,
            this::outside,
            hooks());
    podUid = Incarnation.podUid(kube.deadline(retry), pod);
    recorder = new EventRecorder(kube.deadline(retry), "instance-manager", pod.pod(), wall);
    backups = new BackupRunner(kube, pod, session);
    if (second) {
      sql.ping(retry); // what it takes to ask the server is at hand then
      Update.standBy(pod.all(), guard);
      volume.lock();
      // Not before: the version that ran until now told PostgreSQL to ask itself.
      Folders.sayWhetherArchiving(pod, cluster.lastKept());
    }
    archiving = archiving();
    status = early == null ? startStatus() : early;
    new PostgresLog(context.paths().logDirectory(), new LogReactions(rejoin, server, archiving))
        .start();
    if (guard.kept() != 0 && ClusterFields.isReplica(resource)) {
      server.designated().goOn();
    }
    Kept kept = Survivor.adopt(guard, process, observer, volume.owner(context.data()));
    boolean follows = second && kept.equals(Kept.NONE) && guard.kept() == 0;
    if (kept.equals(Kept.NONE) && !(follows && Survivor.adoptStandby(process, observer))) {
      if (!guard.kill()) {
        throw new IOException("processes of an earlier run use the data directory");
      }
      observer.down(server.stateOfData(false, WalPosition.NONE));
    }
    loop = new LeadershipLoop(initial(kept), ports());
    replacement = new Replacement(pod, guard, recorder, cluster::current);
    update = update();
    incidents =
        new Incidents(
            kube,
            cluster,
            pod.namespace(),
            pod.pod(),
            wall,
            sql,
            observer,
            loop::state,
            clock,
            recorder);
    probes = new Probes(pod.pod(), cluster, observer, sql, server::isRestarting, clock::nanos);
    report =
        new StatusReport(
            observer,
            sql,
            loop::state,
            probes,
            session,
            version(),
            Program.hashOf(replacement.launcher()),
            update);
    upkeep =
        new Upkeep(
            kube,
            pod,
            cluster,
            files,
            server,
            observer,
            sql,
            peers,
            this::holder,
            mode(),
            recorder);
    drill = new DrillCheck(kube, pod, context.data(), sql);
    databaseRestores = new DatabaseRestores(kube, context, sql, this::isPrimary);
    declared = new DeclaredUpkeep(kube, cluster, context, files, observer, sql);
    routes.use(
        new Routes.Parts(
            context,
            clock,
            loop,
            new Isolation(pod.pod(), cluster, peers, loop::state),
            probes,
            report,
            upkeep,
            update,
            observer,
            sql,
            this::submit));
  }

  private static void said(String line) {
    LOG.atInfo().addKeyValue("line", line).log("program said");
  }

  private Update update() {
    return replacement.update(
        () -> Update.accepted(cluster.current()),
        () -> backups.isBusy() ? "a backup is being taken here" : "",
        (limit, action) ->
            loop.handOver(limit, () -> server.isIdle() && !backups.isBusy(), action));
  }

  private ReplicaMode mode() {
    return new ReplicaMode(
        kube.deadline(settings.timings().retryPeriod()),
        pod.namespace(),
        version(),
        volume,
        server.designated(),
        loop::state,
        guard::allows,
        () -> submit(new Event.VotersUsedUp()),
        recorder,
        archiving::refused);
  }

  /// The cluster that this one follows; null where nobody is followed any more.
  private @Nullable ConnInfo outside() throws IOException {
    return new OutsideServers(
            kube.deadline(settings.timings().retryPeriod()),
            pod.namespace(),
            context.paths().scratch().resolve("external"))
        .followed(cluster.current(), pod.pod());
  }

  private Archiving archiving() throws IOException {
    return new Archiving(
        new Archiving.Parts(
            pod,
            context,
            cluster::current,
            observer,
            this::holder,
            server.gate(),
            this::switchWal,
            recorder),
        kube,
        wall);
  }

  /// Ends the WAL segment of the primary, be that this instance or another one.
  private void switchWal() {
    String primary = holder();
    if (primary.equals(pod.pod())) {
      sql.switchWal();
    } else if (!primary.isEmpty()) {
      try {
        peers.fetch(primary, Routes.SWITCH_PATH);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private StatusServer startStatus() throws IOException, GeneralSecurityException {
    return StatusServer.start(
        new InetSocketAddress(pod.bindAddress(), STATUS_PORT),
        certificates.tls(),
        pod.pod(),
        () -> new ClusterFields(cluster.current()).operatorFingerprint(),
        routes.all());
  }

  private static String version() {
    String version = InstanceRun.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private State initial(Kept kept) throws IOException {
    var identity = Incarnation.create(pod, volume, podUid);
    volume.own(identity.incarnation());
    LOG.atInfo()
        .addKeyValue("incarnation", identity.incarnation())
        .addKeyValue("volume", identity.volume())
        .addKeyValue("data", observer.last().status().data())
        .addKeyValue("position", observer.last().status().position())
        .log("instance manager runs");
    return Leadership.initial(
        identity,
        settings,
        volume.durable(),
        observer.last().status(),
        kept,
        clock.nanos(),
        Incarnation.seed());
  }

  private LeadershipLoop.Ports ports() {
    var announcer =
        new PrimaryAnnouncer(
            kube,
            cluster,
            pod.namespace(),
            pod.pod(),
            podUid.equals(Incarnation.UNKNOWN) ? "" : podUid,
            wall,
            this::leadsTerm);
    KubeClient calls = kube.deadline(settings.timings().retryPeriod());
    return new LeadershipLoop.Ports(
        clock,
        wall,
        new LeaseStore(calls, pod.namespace(), pod.cluster(), wall, claimCheck(calls)::before),
        peers,
        guard,
        volume,
        server,
        announcer,
        this::notice);
  }

  private ClaimCheck claimCheck(KubeClient calls) {
    return new ClaimCheck(
        pod.pod(),
        volume,
        () -> Json.uid(calls.get(Resource.PERSISTENT_VOLUME_CLAIMS, pod.namespace(), pod.pod())),
        clock::nanos,
        // the guard kills what runs, and the next run begins with what the volume says then
        () -> ending.end(ExitCodes.ERROR));
  }

  private String holder() {
    LeadershipLoop known = loop;
    var lease = known == null ? null : known.state().leaseRecord();
    return lease == null ? "" : lease.holder();
  }

  private boolean isPrimary() {
    return observer.last().status().phase() == Phase.PRIMARY && holder().equals(pod.pod());
  }

  private boolean leadsTerm(long term) {
    State state = loop.state();
    var lease = state.leaseRecord();
    boolean elected = state.role() == Role.PROMOTING || state.role() == Role.LEADING;
    return elected && lease != null && lease.term() == term;
  }

  // ---- events

  private void submit(Event event) {
    // Before the news, so that the protocol never takes one kind of primary for the other.
    if (event instanceof Event.PostgresChanged && toldInOffice != observer.isStillDesignated()) {
      tellCluster();
    }
    deliver(event);
  }

  /// The protocol hears of the Cluster, as far as it concerns what PostgreSQL here is now. One at a
  /// time, so that what is told last was looked up last.
  private synchronized void tellCluster() {
    toldInOffice = observer.isStillDesignated();
    deliver(new Event.ClusterRead(new ClusterFields(cluster.current()).view(toldInOffice)));
  }

  private void deliver(Event event) {
    // Observations start before the loop is there; its initial state holds what they saw.
    LeadershipLoop target = loop;
    if (target != null) {
      target.submit(event);
    }
    Incidents record = incidents;
    if (record != null) {
      record.event(event);
    }
  }

  private void serverEnded(int code, boolean asked) throws IOException, InterruptedException {
    server.ended(asked);
  }

  private void guardFired(String reason) {
    submit(new Event.GuardLost(reason));
  }

  /// Without a guard nothing may run; the next start of the container brings a new one.
  private void guardLost(String reason) {
    LOG.atError().addKeyValue("reason", reason).log("no guard, ending");
    process.killWithoutGuard();
    Background.start("release", this::endReleased);
  }

  /// PostgreSQL's end is known here, and what a standby has of it: the Lease needn't run out.
  private void endReleased() throws InterruptedException {
    LeadershipLoop target = loop;
    long end = clock.nanos() + settings.timings().retry();
    var before = EnumSet.of(Role.LEADING, Role.CRASHED, Role.RELEASING);
    while (target != null && before.contains(target.state().role()) && clock.nanos() < end) {
      Thread.sleep(POLL);
    }
    process.killWithoutGuard();
    ending.end(ExitCodes.ERROR);
  }

  private void lacksRoom(String what) {
    recorder.warning(cluster.current(), "NoRoomForCopy", what);
  }

  private void cloned() {
    loop.startOver(() -> {
      try {
        return initial(Kept.NONE);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    });
  }

  private Server.StopLimits limits() {
    var fields = new ClusterFields(cluster.current());
    // nobody's session is spared for a Cluster that is deleted, alone or with its namespace
    Duration smart =
        cluster.isGoing() || cluster.isNamespaceGoing()
            ? Duration.ZERO
            : fields.smartShutdownTimeout();
    Duration total = fields.stopDelay();
    return new Server.StopLimits(
        smart,
        stopWithin.compareTo(total) < 0 ? stopWithin : total,
        fields.instanceNames().size() > 1);
  }

  private Server.Hooks hooks() {
    return new Server.Hooks() {
      @Override
      public void outOfSpace() {
        ending.expect(ExitCodes.NO_SPACE);
        submit(new Event.StopRequested());
      }

      @Override
      public boolean takesOffice() throws IOException {
        JsonNode now = cluster.now();
        return Following.takesOffice(ClusterFields.isReplica(now), ReplicaMode.awaitsToken(now));
      }

      @Override
      public void leading() {
        tellCluster();
        upkeep.wake();
        declared.wake();
        archiving.wake();
        drill.leading(cluster.current());
        databaseRestores.leading();
      }
    };
  }

  private void notice(State was, Effect.Notice notice) {
    LOG.atInfo()
        .addKeyValue("kind", notice.kind())
        .addKeyValue("term", notice.term())
        .addKeyValue("position", notice.position())
        .addKeyValue("text", notice.text())
        .log("leadership");
    Incidents record = incidents;
    if (record != null) {
      record.notice(was, notice);
    }
    if (second && notice.kind() == Effect.Notice.Kind.ADOPTED) {
      return; // as planned
    }
    Notices.tell(notice, pod.pod(), recorder, cluster::current);
  }

  // ---- run

  /// Runs until the end, which ends the process; returns the exit code.
  public int run() throws IOException, InterruptedException, GeneralSecurityException {
    var termination =
        new Termination(
            ending,
            pod,
            podUid,
            kube.deadline(settings.timings().retryPeriod()),
            server,
            guard,
            this::isPrimary,
            () -> submit(new Event.StopRequested()),
            () -> limits().total(),
            within -> stopWithin = within);
    Runtime.getRuntime().addShutdownHook(new Thread(termination, "sigterm"));
    try (status;
        archiving;
        var _ = kube.watchOne(Resource.LEASES, pod.namespace(), pod.cluster(), this::leaseEvent);
        var _ = backups.start();
        var _ = metrics();
        var _ = databaseRestores.start()) {
      if (second) {
        submit(new Event.PostgresChanged(observer.last().status()));
        Background.start(
            "adopt", () -> replacement.adopted(loop, settings.timings().leaseDuration()));
      }
      tellCluster();
      cluster.follow(this::clusterChanged);
      Background.start(
          "observer", () -> observer.run(settings.timings().retryPeriod().dividedBy(4)));
      Background.start(
          "owner",
          new VolumeWatch(
                  volume,
                  context.data(),
                  process,
                  guard,
                  () -> loop.state().self().incarnation(),
                  ending)
              .every(settings.timings().retryPeriod()));
      Background.start("upkeep", upkeep::run);
      Background.start("declared", declared::run);
      Background.start("archive", archiving::run);
      Background.start(
          "failover quorum",
          new QuorumMirror(
                  kube.deadline(settings.timings().retryPeriod()),
                  cluster,
                  pod.namespace(),
                  loop::state)
              ::run);
      loop.run();
    } finally {
      server.close();
      cluster.close();
    }
    ending.end(ExitCodes.OK);
    return ExitCodes.OK;
  }

  private MetricsServer metrics() {
    return MetricsServer.start(
        pod,
        cluster.current(),
        certificates.tls(),
        new Exporter(
            new Exporter.Parts(
                pod.pod(),
                pod.namespace(),
                cluster::current,
                sql.address(),
                () -> Folders.volumes(pod),
                () -> {
                  State state = loop.state();
                  var lease = state.leaseRecord();
                  return new Exporter.Leading(
                      state.role() == Role.LEADING, lease == null ? 0 : lease.term());
                }),
            kube,
            wall));
  }

  private void leaseEvent(WatchEvent event) {
    switch (event) {
      case WatchEvent.Listed(var objects) ->
          objects.forEach(o -> submit(new Event.LeaseChanged(Json.resourceVersion(o))));
      case WatchEvent.Upserted(var object) ->
          submit(new Event.LeaseChanged(Json.resourceVersion(object)));
      case WatchEvent.Deleted _ -> {}
      case WatchEvent.Failed(var cause, _) ->
          LOG.atDebug().addKeyValue("error", cause.getMessage()).log("Lease watch broken");
    }
  }

  private void clusterChanged(JsonNode resource) {
    directory.learn(resource);
    files.use(resource);
    archiveChanged(resource);
    tellCluster();
    upkeep.wake();
    declared.wake();
    if (certificates.changed(resource)) {
      peers.reconnect();
      process.reload();
    }
  }

  private void archiveChanged(JsonNode resource) {
    try {
      archiving.clusterChanged(resource);
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("the archive's commands not told of the Cluster's change");
    }
  }
}
