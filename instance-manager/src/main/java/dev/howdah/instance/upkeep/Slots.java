// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.upkeep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.howdah.core.wal.Lsn;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.ClusterSettings.SlotSettings;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.Rows;
import dev.howdah.postgres.wire.SqlFailure;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Replication slots. Physical ones: one on the primary for each other instance, and copies of them
/// on the standbys, so that whoever is primary next has kept the WAL that the others need.
///
/// One that PostgreSQL has given up (`max_slot_wal_keep_size`, `idle_replication_slot_timeout`)
/// keeps nothing any more, and from PostgreSQL 18 on nobody streams by it, not even a new copy: it
/// is made anew.
public final class Slots {
  private static final Logger LOG = LoggerFactory.getLogger(Slots.class);
  private static final String ALL =
      """
      SELECT slot_name, active, restart_lsn, (xmin IS NOT NULL OR catalog_xmin IS NOT NULL) AS xmin,
        coalesce(wal_status = 'lost', false) AS lost
      FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary\
      """;

  /// Logical slots of a server in recovery that are left of its time as a primary. Before
  /// PostgreSQL 16 a standby can have no others, but for copies of the extension pg_failover_slots.
  /// Later its users may have made them for themselves, but never one that a failover is to keep;
  /// the copies of those are synced ones.
  private static final String LEFT =
      """
      SELECT slot_name FROM pg_replication_slots s
      WHERE slot_type = 'logical' AND NOT temporary AND NOT active AND pg_is_in_recovery()
        AND CASE WHEN current_setting('server_version_num')::int < 160000
          THEN current_setting('pg_failover_slots.synchronize_slot_names', true) IS NULL
          ELSE to_jsonb(s) ->> 'failover' = 'true' AND to_jsonb(s) ->> 'synced' = 'false' END\
      """;

  private Slots() {}

  /// A slot as another instance has it.
  public record Slot(String name, Lsn restart) {}

  /// On the primary: creates what is missing or was given up, drops what belongs to nobody.
  public static void onPrimary(PgServer server, ClusterSettings cluster, String self) {
    SlotSettings settings = cluster.slots();
    Set<String> wanted = new HashSet<>();
    if (settings.highAvailability()) {
      cluster.status().instanceNames().stream()
          .filter(name -> !name.equals(self))
          .forEach(name -> wanted.add(settings.slotOf(name)));
    }
    for (Rows.Row row : server.query(ALL).rows()) {
      String name = row.text("slot_name");
      boolean unused = name.startsWith(settings.prefix()) && !row.flag("active");
      boolean useless = row.flag("lost") || !wanted.contains(name);
      if (!(unused && useless && drop(server, name))) {
        wanted.remove(name);
      }
    }
    for (String name : wanted) {
      createIfPossible(server, name);
    }
  }

  /// What a primary tells its standbys.
  public static ArrayNode list(PgServer server) {
    ArrayNode slots = JsonNodeFactory.instance.arrayNode();
    for (Rows.Row row : server.query(ALL).rows()) {
      slots.addObject().put("name", row.text("slot_name")).put("restart", row.text("restart_lsn"));
    }
    return slots;
  }

  /// Reads what a primary told.
  public static List<Slot> parse(JsonNode slots) {
    List<Slot> all = new java.util.ArrayList<>();
    for (JsonNode slot : slots) {
      String restart = slot.path("restart").asText("");
      if (!restart.isEmpty()) {
        all.add(new Slot(slot.path("name").asText(""), Lsn.parse(restart)));
      }
    }
    return all;
  }

  /// On a standby: copies the primary's slots but its own, and drops those that the primary hasn't
  /// got. What an `excludePatterns` names is its user's alone.
  public static void onStandby(
      PgServer server, ClusterSettings cluster, String self, List<Slot> primarys) {
    SlotSettings settings = cluster.slots();
    Map<String, Lsn> wanted = new HashMap<>();
    for (Slot slot : primarys) {
      if (isWanted(settings, slot.name()) && !slot.name().equals(settings.slotOf(self))) {
        wanted.put(slot.name(), slot.restart());
      }
    }
    Map<String, Lsn> here = new HashMap<>();
    for (Rows.Row row : server.query(ALL).rows()) {
      String name = row.text("slot_name");
      if (isExcluded(settings, name)) {
        continue;
      }
      boolean useless = !wanted.containsKey(name) || row.flag("xmin") || row.flag("lost");
      if (!(useless && !row.flag("active") && drop(server, name))) {
        String restart = row.text("restart_lsn");
        here.put(name, restart.isEmpty() ? Lsn.ZERO : Lsn.parse(restart));
      }
    }
    wanted.forEach((name, restart) -> copy(server, name, restart, here.get(name)));
  }

  /// On a standby: drops logical slots that are left of its time as a primary. Nobody can use them,
  /// as no other instance keeps what they need to be decoded, and each keeps all WAL from then on,
  /// and holds back the vacuum of the primary where the standby tells it what it needs. From
  /// PostgreSQL 17 on such a slot also keeps all slots of the primary from being synchronised. What
  /// an `excludePatterns` names is its user's alone.
  ///
  /// @return the names of those that were dropped
  public static List<String> dropLeft(PgServer server, ClusterSettings cluster) {
    return server.query(LEFT).rows().stream()
        .map(row -> row.text("slot_name"))
        .filter(name -> !isExcluded(cluster.slots(), name) && drop(server, name))
        .toList();
  }

  private static boolean isWanted(SlotSettings settings, String name) {
    if (name.startsWith(settings.prefix())) {
      return settings.highAvailability();
    }
    return settings.synchronizeUserSlots() && !isExcluded(settings, name);
  }

  private static boolean isExcluded(SlotSettings settings, String name) {
    return !name.startsWith(settings.prefix())
        && settings.excludePatterns().stream().anyMatch(pattern -> matches(pattern, name));
  }

  private static boolean matches(String pattern, String name) {
    try {
      return Pattern.compile(pattern).matcher(name).find();
    } catch (PatternSyntaxException e) {
      return false;
    }
  }

  /// One slot that fails doesn't stop the others.
  private static void copy(
      PgServer server, String name, Lsn restart, @org.jspecify.annotations.Nullable Lsn here) {
    try {
      if (here == null) {
        create(server, name);
      }
      if (here == null || restart.compareTo(here) > 0) {
        server.query(
            "SELECT pg_replication_slot_advance($1, least($2::pg_lsn, pg_last_wal_replay_lsn()))",
            name,
            restart.toString());
      }
    } catch (SqlFailure e) {
      LOG.atDebug()
          .addKeyValue("slot", name)
          .addKeyValue("error", e.getMessage())
          .log("not copied");
    }
  }

  /// What else there is to do here doesn't wait for a slot, least of all the restart that raises
  /// `max_replication_slots`.
  private static void createIfPossible(PgServer server, String name) {
    try {
      create(server, name);
    } catch (SqlFailure e) {
      LOG.atWarn()
          .addKeyValue("slot", name)
          .addKeyValue("error", e.getMessage())
          .log("replication slot not created");
    }
  }

  private static void create(PgServer server, String name) {
    server.query("SELECT pg_create_physical_replication_slot($1, true)", name);
    LOG.atInfo().addKeyValue("slot", name).log("replication slot created");
  }

  /// Whether it is gone: it may be in use again.
  private static boolean drop(PgServer server, String name) {
    try {
      server.query("SELECT pg_drop_replication_slot($1)", name);
      LOG.atInfo().addKeyValue("slot", name).log("replication slot dropped");
      return true;
    } catch (SqlFailure e) {
      if (!e.isInUse()) {
        throw e;
      }
      return false;
    }
  }
}
