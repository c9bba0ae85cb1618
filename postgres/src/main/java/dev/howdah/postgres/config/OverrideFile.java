// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;

/// What an instance's role adds: whom it follows, how it restores WAL, whom its commits wait for.
final class OverrideFile {
  private final ClusterSettings cluster;
  private final ServerFacts facts;

  OverrideFile(ClusterSettings cluster, ServerFacts facts) {
    this.cluster = cluster;
    this.facts = facts;
  }

  SortedMap<String, String> parameters() {
    var map = new TreeMap<String, String>();
    map.put(
        "restore_command", ParameterMerge.managerCommand(facts.paths(), "wal-restore") + " %f %p");
    map.put("recovery_target_timeline", "latest");
    ConnInfo upstream = facts.replication().upstream();
    map.put("primary_conninfo", upstream == null ? "" : upstream.toString());
    String slot = facts.replication().slot();
    map.put("primary_slot_name", upstream == null || slot == null ? "" : slot);
    Duration delay = cluster.replica().minApplyDelay();
    if (cluster.replica().enabled() && delay != null && !delay.isZero()) {
      map.put("recovery_min_apply_delay", Math.min(delay.toMillis(), Integer.MAX_VALUE) + "ms");
    }
    SynchronousStandbys synchronous = facts.replication().synchronous();
    map.put("synchronous_standby_names", synchronous == null ? "" : synchronous.toSetting());
    if (synchronous != null) {
      map.put("cnpg.synchronous_standby_names_metadata", synchronous.toJson());
    }
    if (cluster.postgres().uses("pg_failover_slots") && upstream != null) {
      map.put("pg_failover_slots.primary_dsn", upstream.without("application_name").toString());
    }
    return map;
  }
}
