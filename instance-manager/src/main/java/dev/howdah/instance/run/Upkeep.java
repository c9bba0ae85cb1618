// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.cluster.ClusterSource;
import dev.howdah.instance.lead.Peers;
import dev.howdah.instance.recovery.KeptCopy;
import dev.howdah.instance.server.Observer;
import dev.howdah.instance.server.Server;
import dev.howdah.instance.server.ServerFiles;
import dev.howdah.instance.upkeep.Passwords;
import dev.howdah.instance.upkeep.Slots;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.config.Finding;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Roles;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the running server in line with the Cluster: after each change of it, and every now and
/// then.
final class Upkeep {
  static final String SLOTS_PATH = "/howdah/slots";

  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
  private static final Duration AGAIN = Duration.ofSeconds(30);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(3);
  private static final Duration SHORTLY = Duration.ofSeconds(1);
  private static final String HEALTHY = "Cluster in healthy state";

  private final KubeClient kube;
  private final PodEnvironment pod;
  private final ClusterSource cluster;
  private final ServerFiles files;
  private final Server server;
  private final Observer observer;
  private final PgServer sql;
  private final Peers peers;
  private final Supplier<String> holder;
  private final Passwords passwords;
  private final BlockingQueue<Boolean> bell = new ArrayBlockingQueue<>(1);
  private final ReplicaMode mode;
  private final EventRecorder recorder;
  private final Set<Finding> told = new HashSet<>();
  private final RestartRequest restart = new RestartRequest();
  private boolean wasPrimary;
  private boolean soon;

  /// @param holder who holds the Lease; empty if nobody or unknown
  Upkeep(
      KubeClient kube,
      PodEnvironment pod,
      ClusterSource cluster,
      ServerFiles files,
      Server server,
      Observer observer,
      PgServer sql,
      Peers peers,
      Supplier<String> holder,
      ReplicaMode mode,
      EventRecorder recorder) {
    this.recorder = recorder;
    this.kube = kube.deadline(Duration.ofSeconds(5));
    this.pod = pod;
    this.cluster = cluster;
    this.files = files;
    this.server = server;
    this.observer = observer;
    this.sql = sql;
    this.peers = peers;
    this.holder = holder;
    this.mode = mode;
    this.passwords = new Passwords(this.kube, pod.namespace());
  }

  /// Something changed: look soon.
  void wake() {
    bell.offer(true);
  }

  void run() throws InterruptedException {
    while (true) {
      Duration pause = AGAIN;
      try {
        soon = false;
        pause = pause(once(), holder.get().equals(pod.pod()), soon);
      } catch (IOException | KubeException | PostgresException | IllegalArgumentException e) {
        LOG.atInfo().addKeyValue("error", e.getMessage()).log("upkeep incomplete, trying again");
        pause = AFTER_FAILURE;
      }
      bell.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /// How long until the next look, unless something changes before.
  ///
  /// @param seen what the server was when this look began
  /// @param leads whether this instance holds the Lease
  /// @param incomplete whether something is left to do
  static Duration pause(Phase seen, boolean leads, boolean incomplete) {
    return switch (seen) {
      case PRIMARY -> incomplete ? AFTER_FAILURE : AGAIN;
      case STANDBY -> leads ? SHORTLY : incomplete ? AFTER_FAILURE : AGAIN;
      case STARTING -> SHORTLY;
      case DOWN, HUNG -> leads ? SHORTLY : AGAIN;
    };
  }

  /// Answers what the server was.
  private Phase once() throws IOException, InterruptedException {
    JsonNode resource = cluster.current();
    if (server.reconfigure()) {
      LOG.info("configuration reloaded");
    }
    Phase phase = observer.last().status().phase();
    if (phase == Phase.PRIMARY) {
      tellFindings(resource);
      primary(resource);
    } else if (phase == Phase.STANDBY) {
      standby(resource);
      soon |= files.isRaised(); // how soon the primary's lower value is seen here
    }
    forgetKept(resource, Instant.now());
    wasPrimary = phase == Phase.PRIMARY;
    return phase;
  }

  private void primary(JsonNode resource) throws IOException, InterruptedException {
    if (!wasPrimary) {
      passwords.forget();
    }
    Slots.onPrimary(sql, files.cluster(), pod.pod());
    if (mode.once(resource)) {
      soon = true;
    }
    if (!observer.isDesignated()) { // else that comes from the cluster that this one follows
      var roles = new Roles(sql);
      roles.ensureStreamingReplica();
      roles.ensureMetrics();
      passwords.ensure(roles, resource);
    }
    if (restart.asked(resource.path("status").path("phase").asText(""))) {
      LOG.info("restarting PostgreSQL in place, as the Cluster's phase asks");
      server.restarts().inPlace();
      restart.done();
    }
    if (restart.isToBeTold()) {
      tellRestarted(resource);
    }
  }

  /// Once for each thing that was left out or is unwise, and for each reason.
  private void tellFindings(JsonNode resource) {
    var written = files.written();
    if (written == null) {
      return;
    }
    told.retainAll(written.findings());
    for (Finding one : written.findings()) {
      if (told.add(one)) {
        String reason =
            switch (one.kind()) {
              case REFUSED -> "ConfigurationRefused";
              case DURABILITY_REDUCED -> "DurabilityReduced";
              case UNWISE -> "ConfigurationUnwise";
            };
        recorder.warning(resource, reason, one.toString());
      }
    }
  }

  /// The operator, or a person, asked for a restart of the primary; the new phase says that it is
  /// done.
  private void tellRestarted(JsonNode resource) {
    var patch = Json.object();
    patch.putObject("status").put("phase", HEALTHY).put("phaseReason", "");
    kube.patchStatus(
        Resource.CLUSTERS, pod.namespace(), Json.name(resource), new Patch.Merge(patch));
  }

  /// Old copies of the data go while the present one is good; what a Restore has kept, when its day
  /// is over or a person says so.
  private void forgetKept(JsonNode resource, Instant now) throws IOException {
    if (server.forgetKept(now)) {
      KeptCopy.forget(
          server.context().data(),
          server.context().dataFolders().values(),
          now,
          KeptCopy.notNeeded(resource));
    }
  }

  private void standby(JsonNode resource) throws IOException, InterruptedException {
    mode.standby(resource);
    String primary = holder.get();
    if (primary.isEmpty() || primary.equals(pod.pod())) {
      return;
    }
    Optional<byte[]> slots = peers.fetch(primary, SLOTS_PATH);
    if (slots.isPresent()) {
      Slots.onStandby(sql, files.cluster(), pod.pod(), Slots.parse(Json.read(slots.get())));
      for (String name : Slots.dropLeft(sql, files.cluster())) {
        recorder.warning(
            resource,
            "LogicalSlotDropped",
            "The logical replication slot %s, which %s had as a primary, is dropped: it kept WAL that nobody can decode there. Its subscriber needs a slot on %s"
                .formatted(name, pod.pod(), primary));
      }
    }
  }

  /// What the standbys of this primary ask for.
  JsonNode slots() {
    return Slots.list(sql);
  }
}
