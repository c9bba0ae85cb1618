// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.leadership.PostgresStatus.Data;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.core.leadership.State;
import dev.howdah.core.wal.Lsn;
import dev.howdah.instance.server.Observation;
import dev.howdah.instance.server.Observer;
import dev.howdah.instance.update.Update;
import dev.howdah.kube.Json;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.ServerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The answer to `/pg/status`: what the operator and the command line know about an instance.
final class StatusReport {
  private static final Duration FRESH = Duration.ofMillis(500);

  private final Observer observer;
  private final PgServer sql;
  private final Supplier<State> leadership;
  private final Probes probes;
  private final String session;
  private final String version;
  private final String executable;
  private final Update update;
  private @Nullable ObjectNode last;
  private long lastAt;

  /// @param session names this run of the instance manager
  /// @param executable hash of what runs here, to tell versions of the instance manager apart
  StatusReport(
      Observer observer,
      PgServer sql,
      Supplier<State> leadership,
      Probes probes,
      String session,
      String version,
      String executable,
      Update update) {
    this.observer = observer;
    this.sql = sql;
    this.leadership = leadership;
    this.probes = probes;
    this.session = session;
    this.version = version;
    this.executable = executable;
    this.update = update;
  }

  /// At most a few times a second whatever the number of those who ask.
  synchronized JsonNode read() {
    ObjectNode known = last;
    if (known == null || System.nanoTime() - lastAt > FRESH.toNanos()) {
      known = fresh();
      last = known;
      lastAt = System.nanoTime();
    }
    return known;
  }

  private ObjectNode fresh() {
    Observation seen = observer.look();
    PostgresStatus status = seen.status();
    ObjectNode report = Json.object();
    boolean running = status.phase() == Phase.PRIMARY || status.phase() == Phase.STANDBY;
    report.put(
        "isPrimary", running ? status.phase() == Phase.PRIMARY : status.data() == Data.PRIMARY);
    report.put("sessionID", session);
    report.put("instanceManagerVersion", version);
    report.put("executableHash", executable);
    report.put("instanceArch", System.getProperty("os.arch", ""));
    report.put("isInstanceManagerUpgrading", update.isUnderWay());
    report.put("updateFailure", update.failure());
    report.put("isPgRewindRunning", status.phase() == Phase.DOWN && status.data() == Data.UNUSABLE);
    report.put("mightBeUnavailable", probes.mightBeUnavailable());
    report.put("timeLineID", status.position().timeline().id());
    State state = leadership.get();
    report.put("leadership", state.role().name());
    if (!state.aborted().isEmpty()) {
      report.put("switchoverAborted", state.aborted());
    }
    if (observer.isDesignated()) {
      report.put("replayLsn", seen.replayed().toString());
      report.put("newestReplayedCommit", seen.newestCommit());
      report.put("isWalReceiverActive", seen.streaming());
    }
    if (status.phase() == Phase.STANDBY) {
      Lsn received = status.position().lsn();
      report.put("receivedLsn", received.toString());
      report.put("replayLsn", seen.replayed().toString());
      report.put("isWalReceiverActive", seen.streaming());
    }
    if (running) {
      ask(report);
    } else {
      report.put("mightBeUnavailableMaskedError", "PostgreSQL: " + status.phase());
    }
    return report;
  }

  private void ask(ObjectNode report) {
    try {
      ServerStatus status = sql.status();
      report.put("systemID", Long.toUnsignedString(status.systemIdentifier()));
      report.put("loadedConfigurationHash", status.configHash());
      report.put("pendingRestart", !status.pendingRestarts().isEmpty());
      report.put(
          "pendingRestartForDecrease",
          status.pendingRestarts().stream()
              .anyMatch(ServerStatus.PendingRestart::isDecreaseForStandbys));
      report.put("replayPaused", status.replayPaused());
      archiver(report, status.archiver());
      if (status.primary()) {
        report.put("currentLsn", status.writeLsn().toString());
        report.put("currentWAL", status.currentWal());
      }
      if (status.primary() || observer.isDesignated()) {
        ArrayNode standbys = report.putArray("replicationInfo");
        status.standbys().forEach(standby -> add(standbys.addObject(), standby));
      }
      ArrayNode slots = report.putArray("replicationSlotsInfo");
      status.slots().forEach(slot -> add(slots.addObject(), slot));
    } catch (PostgresException e) {
      report.put("error", e.getMessage());
    }
  }

  private static void archiver(ObjectNode report, ServerStatus.Archiver archiver) {
    report.put("isArchivingWAL", archiver.isWorking());
    report.put("lastArchivedWAL", archiver.lastArchived());
    report.put("lastArchivedWALTime", text(archiver.lastArchivedTime()));
    report.put("lastFailedWAL", archiver.lastFailed());
    report.put("lastFailedWALTime", text(archiver.lastFailedTime()));
  }

  private static String text(@Nullable Instant instant) {
    return instant == null ? "" : instant.toString();
  }

  private static void add(ObjectNode object, ServerStatus.Standby standby) {
    object.put("applicationName", standby.name()).put("state", standby.state());
    object.put("clientAddr", standby.address()).put("backendStart", standby.backendStart());
    object.put("sentLsn", standby.sent().toString());
    object.put("writeLsn", standby.written().toString());
    object.put("flushLsn", standby.flushed().toString());
    object.put("replayLsn", standby.replayed().toString());
    object.put("writeLag", standby.writeLagSeconds());
    object.put("flushLag", standby.flushLagSeconds());
    object.put("replayLag", standby.replayLagSeconds());
    object.put("syncState", standby.syncState()).put("syncPriority", standby.syncPriority());
  }

  private static void add(ObjectNode object, ServerStatus.Slot slot) {
    object.put("slotName", slot.name()).put("active", slot.active());
    object.put("slotType", slot.physical() ? "physical" : "logical");
    object.put("restartLsn", slot.restartLsn().toString()).put("walStatus", slot.walStatus());
  }
}
