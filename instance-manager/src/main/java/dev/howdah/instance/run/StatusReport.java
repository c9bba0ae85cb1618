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
import dev.howdah.instance.sql.LocalServer;
import dev.howdah.instance.sql.Rows;
import dev.howdah.instance.sql.SqlFailure;
import dev.howdah.kube.Json;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The answer to `/pg/status`: what the operator and the command line know about an instance.
final class StatusReport {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration FRESH = Duration.ofMillis(500);

  private static final String COMMON =
      """
      SELECT (SELECT system_identifier FROM pg_control_system()) AS system_id,
        current_setting('cnpg.config_sha256', true) AS configuration,
        EXISTS (SELECT 1 FROM pg_settings WHERE pending_restart) AS pending_restart,
        EXISTS (SELECT 1 FROM pg_settings s
          JOIN pg_file_settings f ON f.name = s.name AND f.error IS NOT NULL
          WHERE s.pending_restart AND s.name IN ('max_connections', 'max_prepared_transactions',
            'max_wal_senders', 'max_worker_processes', 'max_locks_per_transaction')
            AND s.vartype = 'integer' AND f.setting ~ '^[0-9]+$'
            AND f.setting::bigint < s.setting::bigint) AS pending_decrease,
        CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS paused,
        CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_lsn() END AS current_lsn,
        CASE WHEN pg_is_in_recovery() THEN NULL
          ELSE pg_walfile_name(pg_current_wal_lsn()) END AS current_wal,
        a.last_archived_wal, a.last_archived_time, a.last_failed_wal, a.last_failed_time,
        coalesce(a.last_archived_time > a.last_failed_time,
          a.last_archived_time IS NOT NULL) AS archiving
      FROM pg_stat_archiver a\
      """;

  private static final String REPLICATION =
      """
      SELECT application_name AS "applicationName", backend_start AS "backendStart",
        client_addr AS "clientAddr", state, sent_lsn AS "sentLsn", write_lsn AS "writeLsn",
        flush_lsn AS "flushLsn", replay_lsn AS "replayLsn", write_lag AS "writeLag",
        flush_lag AS "flushLag", replay_lag AS "replayLag", sync_state AS "syncState",
        sync_priority AS "syncPriority"
      FROM pg_stat_replication\
      """;

  private static final String SLOTS =
      """
      SELECT slot_name AS "slotName", slot_type AS "slotType", database AS "datoid", active,
        restart_lsn AS "restartLsn", wal_status AS "walStatus"
      FROM pg_replication_slots\
      """;

  private final Observer observer;
  private final LocalServer sql;
  private final Supplier<State> leadership;
  private final Probes probes;
  private final String session = UUID.randomUUID().toString();
  private final String version;
  private final String executable;
  private @Nullable ObjectNode last;
  private long lastAt;

  /// @param executable hash of what runs here, to tell versions of the instance manager apart
  StatusReport(
      Observer observer,
      LocalServer sql,
      Supplier<State> leadership,
      Probes probes,
      String version,
      String executable) {
    this.observer = observer;
    this.sql = sql;
    this.leadership = leadership;
    this.probes = probes;
    this.version = version;
    this.executable = executable;
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
    report.put("isInstanceManagerUpgrading", false);
    report.put("isPgRewindRunning", status.phase() == Phase.DOWN && status.data() == Data.UNUSABLE);
    report.put("mightBeUnavailable", probes.mightBeUnavailable());
    report.put("timeLineID", status.position().timeline().id());
    report.put("leadership", leadership.get().role().name());
    if (status.phase() == Phase.STANDBY) {
      Lsn received = status.position().lsn();
      report.put("receivedLsn", received.toString());
      report.put("replayLsn", seen.replayed().toString());
      report.put("isWalReceiverActive", seen.streaming());
    }
    if (running) {
      ask(report, status.phase() == Phase.PRIMARY);
    } else {
      report.put("mightBeUnavailableMaskedError", "PostgreSQL: " + status.phase());
    }
    return report;
  }

  private void ask(ObjectNode report, boolean primary) {
    try {
      Rows.Row row = sql.query(COMMON, PATIENCE).one();
      report.put("systemID", row.text("system_id"));
      report.put("loadedConfigurationHash", row.text("configuration", ""));
      report.put("pendingRestart", row.flag("pending_restart"));
      report.put("pendingRestartForDecrease", row.flag("pending_decrease"));
      report.put("replayPaused", row.flag("paused"));
      report.put("isArchivingWAL", row.flag("archiving"));
      report.put("lastArchivedWAL", row.text("last_archived_wal", ""));
      report.put("lastArchivedWALTime", row.text("last_archived_time", ""));
      report.put("lastFailedWAL", row.text("last_failed_wal", ""));
      report.put("lastFailedWALTime", row.text("last_failed_time", ""));
      if (primary) {
        report.put("currentLsn", row.text("current_lsn", ""));
        report.put("currentWAL", row.text("current_wal", ""));
        report.set("replicationInfo", table(sql.query(REPLICATION, PATIENCE)));
      }
      report.set("replicationSlotsInfo", table(sql.query(SLOTS, PATIENCE)));
    } catch (SqlFailure e) {
      report.put("error", e.getMessage());
    }
  }

  private static ArrayNode table(Rows rows) {
    ArrayNode array = Json.MAPPER.createArrayNode();
    for (Rows.Row row : rows.rows()) {
      ObjectNode object = array.addObject();
      for (String column : rows.columns()) {
        object.put(column, row.text(column, ""));
      }
    }
    return array;
  }
}
