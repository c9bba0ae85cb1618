// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.sync.Enforcement;
import dev.howdah.core.sync.SyncConfig;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.ConfigurationFiles;
import dev.howdah.postgres.config.ConnInfo;
import dev.howdah.postgres.config.Finding;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.config.ServerFacts;
import dev.howdah.postgres.config.ServerRole;
import dev.howdah.postgres.config.SynchronousStandbys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's configuration files: a function of the Cluster and of what this instance is to be
/// just now.
public final class ServerFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ServerFiles.class);
  private static final String CLOSED =
      """
      local all all peer map=local
      hostssl replication streaming_replica all cert map=cnpg_streaming_replica
      hostssl postgres streaming_replica all cert map=cnpg_streaming_replica
      """;

  private final ServerContext context;
  private final ConfigurationFiles files;
  private final ParameterJudge judge;
  private final String listenAddresses;
  private ClusterSettings cluster;
  private ServerRole role = ServerRole.STANDBY;
  private @Nullable ConnInfo upstream;
  private @Nullable SynchronousStandbys synchronous;
  private Enforcement enforcement = Enforcement.started(SyncConfig.ASYNCHRONOUS);
  private Map<String, Integer> minimums = Map.of();
  private boolean open = true;
  private boolean outside;
  private Set<Finding> reported = Set.of();
  private @Nullable ServerConfiguration written;

  public ServerFiles(ServerContext context, JsonNode cluster) {
    this.context = context;
    this.files = new ConfigurationFiles(context.data().path());
    this.judge = new ParameterJudge(context);
    String address = context.pod().listenAddress();
    this.listenAddresses = address.isEmpty() ? "*" : address;
    this.cluster = ClusterSettings.fromJson(cluster);
  }

  public synchronized void use(JsonNode resource) {
    cluster = ClusterSettings.fromJson(resource);
  }

  public synchronized ClusterSettings cluster() {
    return cluster;
  }

  /// The next files are those of a primary.
  public synchronized void primary(SyncConfig sync, boolean openToClients) {
    role = ServerRole.PRIMARY;
    upstream = null;
    outside = false;
    synchronous(sync);
    open = openToClients;
  }

  /// The next files are those of the primary of a cluster that follows no other one any more. Where
  /// commits must not go on without a standby they wait from the first one on; whom for otherwise,
  /// the leadership protocol says soon.
  ///
  /// @param least whom an election relies on already, as the demotion of this cluster was taken
  ///   back
  public synchronized void promoted(SyncConfig least) {
    primary(least, true);
    ClusterSettings.SynchronousSettings wanted = cluster.synchronous();
    if (least.isAsynchronous() && wanted != null && wanted.required()) {
      synchronous = SynchronousStandbys.of(cluster, context.pod().pod()).orElse(null);
    }
  }

  /// The next files are those of a standby.
  ///
  /// @param source whom to stream from; null for nobody
  public synchronized void standby(@Nullable ConnInfo source) {
    role = ServerRole.STANDBY;
    upstream = source;
    outside = false;
    open = true;
    synchronous = ofStandby();
  }

  /// Set already, so that the server that this one may become waits from its first commit: nothing
  /// else would tell its checkpointer in time. Whom for doesn't matter before.
  private @Nullable SynchronousStandbys ofStandby() {
    if (cluster.synchronous() == null && cluster.maxSyncReplicas() <= 0) {
      return null;
    }
    return SynchronousStandbys.of(cluster, context.pod().pod())
        .orElseGet(() -> standbys(Enforcement.NOBODY));
  }

  /// The next files are those of the primary of a cluster that follows another one: a standby of
  /// that one's, which keeps no slot for it, and has standbys of its own.
  ///
  /// @param source null for nobody: it is about to be promoted
  public synchronized void designated(@Nullable ConnInfo source) {
    role = ServerRole.STANDBY;
    upstream = source;
    outside = true;
    open = true;
    synchronous = ofStandby();
  }

  public synchronized void synchronous(SyncConfig sync) {
    synchronous = sync.isAsynchronous() ? null : standbys(sync);
  }

  private static SynchronousStandbys standbys(SyncConfig sync) {
    return new SynchronousStandbys(
        sync.method() == SyncConfig.Method.FIRST, sync.number(), sync.names());
  }

  private SyncConfig rule() {
    return synchronous == null
        ? SyncConfig.ASYNCHRONOUS
        : new SyncConfig(
            synchronous.first() ? SyncConfig.Method.FIRST : SyncConfig.Method.ANY,
            Math.min(synchronous.number(), synchronous.names().size()),
            synchronous.names());
  }

  /// Whether the next files are those of the one that leads: a primary, or a designated one.
  public synchronized boolean leads() {
    return role == ServerRole.PRIMARY || outside;
  }

  /// What is known of the processes of the server that runs with these files.
  public synchronized Enforcement enforcement() {
    return enforcement;
  }

  /// More is known of them.
  public synchronized void learned(Enforcement.Step step) {
    enforcement = enforcement.after(step);
  }

  /// The checkpointer has gone by these files since that was known.
  public synchronized void flagSeen(Enforcement before) {
    if (enforcement.equals(before)) {
      enforcement = enforcement.after(new Enforcement.Step.SeeWaiting());
    }
  }

  /// A server is about to start: all of it reads what was written.
  public synchronized void starting() {
    enforcement = Enforcement.started(rule());
  }

  /// The server that runs is one of which only this is known.
  public synchronized void adopted(SyncConfig least) {
    primary(least, true);
    enforcement = Enforcement.adopted(least);
  }

  /// The next start of this primary is closed to clients, if it has to wait for standbys.
  ///
  /// @return whether it is
  public synchronized boolean closeToClients() {
    open = open && (role != ServerRole.PRIMARY || synchronous == null);
    return !open;
  }

  /// Whether the server that runs lets no clients in, whatever is known of it here.
  public boolean isClosed() throws IOException {
    Path file = context.data().path().resolve(ServerConfiguration.HBA_CONF);
    return Files.exists(file)
        && Files.readAllLines(file).stream()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .toList()
            .equals(CLOSED.lines().toList());
  }

  public synchronized void openToClients() {
    open = true;
  }

  /// What the data directory asks of the parameters that a standby must not have lower than its
  /// primary.
  public synchronized void minimums(ControlData control) {
    minimums = control.hotStandby();
  }

  /// Whether a parameter is still higher than the Cluster asks for, as the primary has not come
  /// down with it yet.
  public synchronized boolean isRaised() {
    ServerConfiguration now = written;
    Map<String, String> asked = cluster.postgres().parameters();
    return now != null
        && role != ServerRole.PRIMARY
        && minimums.entrySet().stream()
            .anyMatch(minimum -> {
              String value = asked.get(minimum.getKey());
              String least = minimum.getValue().toString();
              return value != null
                  && !value.equals(least)
                  && least.equals(now.parameters().get(minimum.getKey()));
            });
  }

  /// Writes what differs and returns the names of the files that were changed.
  public synchronized Set<String> write() throws IOException {
    if (role == ServerRole.STANDBY) {
      synchronous = ofStandby();
    }
    if (!rule().equals(enforcement.written())) {
      enforcement = enforcement.after(new Enforcement.Step.Use(rule()));
    }
    ServerFacts facts =
        ServerFacts.of(
                context.pod().pod(), role, context.paths(), listenAddresses, context.osUser())
            .following(upstream, slot())
            .withSynchronous(synchronous)
            .withMinimums(role == ServerRole.PRIMARY ? Map.of() : minimums)
            .withLibraries(libraries());
    ServerConfiguration wanted =
        ServerConfiguration.of(
            cluster, context.major(), facts.withRefused(judge.refused(cluster, facts)));
    report(wanted);
    Set<String> changed = files.write(open ? wanted : closed(wanted));
    files.allowAlterSystem(cluster.postgres().alterSystem());
    written = wanted;
    return changed;
  }

  /// Lets `pg_rewind` overwrite the file that `ALTER SYSTEM` writes, which may be read-only; the
  /// next [#write] locks it again.
  public synchronized void unlock() throws IOException {
    files.allowAlterSystem(true);
  }

  private @Nullable Set<String> libraries() {
    Set<String> libraries = context.programs().installation().libraries();
    return libraries.isEmpty() ? null : libraries;
  }

  private @Nullable String slot() {
    return cluster.slots().highAvailability() && !outside
        ? cluster.slots().slotOf(context.pod().pod())
        : null;
  }

  /// The same, but only for the instance manager and for standbys.
  private static ServerConfiguration closed(ServerConfiguration all) {
    return new ServerConfiguration(
        all.parameters(),
        all.overrides(),
        all.customConf(),
        all.overrideConf(),
        CLOSED,
        all.ident(),
        all.configHash(),
        all.filesHash(),
        all.findings());
  }

  private void report(ServerConfiguration wanted) {
    Set<Finding> findings = new HashSet<>(wanted.findings());
    for (Finding finding : findings) {
      if (!reported.contains(finding)) {
        LOG.atWarn().addKeyValue("finding", finding).log("configuration adjusted");
      }
    }
    reported = findings;
  }

  /// What the files hold; null before the first write.
  public synchronized @Nullable ServerConfiguration written() {
    return written;
  }
}
