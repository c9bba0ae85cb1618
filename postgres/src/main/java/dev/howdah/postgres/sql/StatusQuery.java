// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.sql;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.wal.Lsn;
import dev.howdah.json.Trees;
import dev.howdah.postgres.sql.ServerStatus.Archiver;
import dev.howdah.postgres.sql.ServerStatus.PendingRestart;
import dev.howdah.postgres.sql.ServerStatus.Receiver;
import dev.howdah.postgres.sql.ServerStatus.Slot;
import dev.howdah.postgres.sql.ServerStatus.Standby;
import dev.howdah.postgres.wire.PgConnection;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads {@link ServerStatus} with one statement, as JSON.
final class StatusQuery {
  private static final String SQL =
      """
      with role as (select pg_is_in_recovery() as standby)
      select json_build_object(
        'system', (select system_identifier::text from pg_control_system()),
        'standby', role.standby,
        'version', current_setting('server_version'),
        'started', pg_postmaster_start_time(),
        'checkpointTimeline', (select timeline_id from pg_control_checkpoint()),
        'recoveryTimeline', (select min_recovery_end_timeline from pg_control_recovery()),
        'flushed', case when not role.standby then pg_current_wal_flush_lsn()::text end,
        'segment', case when not role.standby then pg_walfile_name(pg_current_wal_lsn()) end,
        'received', case when role.standby then pg_last_wal_receive_lsn()::text end,
        'replayed', case when role.standby then pg_last_wal_replay_lsn()::text end,
        'paused', case when role.standby then pg_is_wal_replay_paused() else false end,
        'receiver', (select row_to_json(r) from (
            select status, received_tli, flushed_lsn::text as flushed_lsn,
              latest_end_lsn::text as latest_end_lsn, sender_host, sender_port, slot_name, conninfo
            from pg_stat_wal_receiver) r),
        'archiver', (select row_to_json(a) from pg_stat_archiver a),
        'pending', (select coalesce(json_agg(json_build_object('name', s.name, 'now', s.setting,
              'wanted', (select f.setting from pg_file_settings f
                where f.name = s.name order by f.seqno desc limit 1))), '[]')
            from pg_settings s where s.pending_restart),
        'standbys', (select coalesce(json_agg(row_to_json(s)), '[]') from (
            select application_name, usename, client_addr, state, sent_lsn::text as sent_lsn,
              write_lsn::text as write_lsn, flush_lsn::text as flush_lsn, replay_lsn::text as replay_lsn,
              extract(epoch from write_lag) as write_lag, extract(epoch from flush_lag) as flush_lag,
              extract(epoch from replay_lag) as replay_lag, sync_state, sync_priority, backend_start
            from pg_stat_replication order by application_name, pid) s),
        'slots', (select coalesce(json_agg(row_to_json(s)), '[]') from (
            select slot_name, slot_type, temporary, active, restart_lsn::text as restart_lsn,
              (xmin is not null or catalog_xmin is not null) as holds_xmin, wal_status, database
            from pg_replication_slots order by slot_name) s),
        'settings', json_build_object(
            'cnpg.config_sha256', current_setting('cnpg.config_sha256', true),
            'howdah.files_sha256', current_setting('howdah.files_sha256', true),
            'synchronous_standby_names', current_setting('synchronous_standby_names'),
            'primary_conninfo', current_setting('primary_conninfo'),
            'max_connections', current_setting('max_connections'),
            'wal_segment_size', (select setting from pg_settings where name = 'wal_segment_size')))
        as status
      from role
      """;

  private final JsonNode json;

  private StatusQuery(JsonNode json) {
    this.json = json;
  }

  static ServerStatus run(PgConnection connection, Duration limit) {
    String text = connection.query(limit, SQL).single().text("status");
    try {
      return new StatusQuery(Trees.read(text)).read();
    } catch (IOException e) {
      throw new IllegalStateException("PostgreSQL's JSON cannot be read", e);
    }
  }

  private ServerStatus read() {
    boolean standby = json.path("standby").asBoolean();
    Lsn replayed = lsn(json, "replayed");
    Lsn received = lsn(json, "received");
    return new ServerStatus(
        Long.parseUnsignedLong(text(json, "system")),
        !standby,
        timeline(standby),
        lsn(json, "flushed"),
        // The two are not read at the same instant, and WAL from the archive is not "received".
        received.compareTo(replayed) >= 0 ? received : replayed,
        replayed,
        json.path("paused").asBoolean(),
        receiver(json.path("receiver")),
        text(json, "segment"),
        archiver(json.path("archiver")),
        list(
            "pending", p -> new PendingRestart(text(p, "name"), text(p, "now"), text(p, "wanted"))),
        list("standbys", StatusQuery::standby),
        list("slots", StatusQuery::slot),
        settings(),
        text(json, "version"),
        Instant.parse(instantText(text(json, "started"))));
  }

  private int timeline(boolean standby) {
    if (!standby) {
      return Integer.parseUnsignedInt(text(json, "segment").substring(0, 8), 16);
    }
    int receiving = json.path("receiver").path("received_tli").asInt(0);
    int known =
        Math.max(json.path("checkpointTimeline").asInt(0), json.path("recoveryTimeline").asInt(0));
    return Math.max(receiving, known);
  }

  private <T> List<T> list(String name, Function<JsonNode, T> read) {
    var list = new ArrayList<T>();
    json.path(name).forEach(node -> list.add(read.apply(node)));
    return list;
  }

  private Map<String, String> settings() {
    var map = new TreeMap<String, String>();
    json.path("settings")
        .properties()
        .forEach(entry -> {
          if (!entry.getValue().isNull()) {
            map.put(entry.getKey(), entry.getValue().asText());
          }
        });
    return map;
  }

  private static @Nullable Receiver receiver(JsonNode r) {
    if (!r.isObject()) {
      return null;
    }
    return new Receiver(
        text(r, "status"),
        r.path("received_tli").asInt(0),
        lsn(r, "flushed_lsn"),
        lsn(r, "latest_end_lsn"),
        text(r, "sender_host"),
        r.path("sender_port").asInt(0),
        text(r, "slot_name"),
        text(r, "conninfo"));
  }

  private static Archiver archiver(JsonNode a) {
    return new Archiver(
        text(a, "last_archived_wal"),
        instant(a, "last_archived_time"),
        text(a, "last_failed_wal"),
        instant(a, "last_failed_time"),
        a.path("archived_count").asLong(),
        a.path("failed_count").asLong());
  }

  private static Standby standby(JsonNode s) {
    return new Standby(
        text(s, "application_name"),
        text(s, "usename"),
        text(s, "client_addr"),
        text(s, "state"),
        lsn(s, "sent_lsn"),
        lsn(s, "write_lsn"),
        lsn(s, "flush_lsn"),
        lsn(s, "replay_lsn"),
        s.path("write_lag").asDouble(0),
        s.path("flush_lag").asDouble(0),
        s.path("replay_lag").asDouble(0),
        text(s, "sync_state"),
        s.path("sync_priority").asInt(0),
        text(s, "backend_start"));
  }

  private static Slot slot(JsonNode s) {
    return new Slot(
        text(s, "slot_name"),
        text(s, "slot_type").equals("physical"),
        s.path("temporary").asBoolean(),
        s.path("active").asBoolean(),
        lsn(s, "restart_lsn"),
        s.path("holds_xmin").asBoolean(),
        text(s, "wal_status"),
        text(s, "database"));
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asText("").equals("null") && node.path(field).isNull()
        ? ""
        : node.path(field).asText("");
  }

  private static Lsn lsn(JsonNode node, String field) {
    String text = text(node, field);
    return text.isEmpty() ? Lsn.ZERO : Lsn.parse(text);
  }

  private static @Nullable Instant instant(JsonNode node, String field) {
    String text = text(node, field);
    return text.isEmpty() ? null : Instant.parse(instantText(text));
  }

  /// PostgreSQL's JSON has `2026-01-02T03:04:05.678+00:00`; sessions of ours are in UTC.
  private static String instantText(String text) {
    return text.endsWith("+00:00") ? text.substring(0, text.length() - 6) + "Z" : text;
  }
}
