// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Rules of a Pooler.
final class PoolerRules {
  /// The settings of PgBouncer that are the user's.
  static final Set<String> PARAMETERS =
      Set.copyOf(
          List.of(
              """
              application_name_add_host auth_type auth_user autodb_idle_timeout cancel_wait_timeout
              client_idle_timeout client_login_timeout client_tls_ciphers client_tls_sslmode
              client_tls13_ciphers default_pool_size disable_pqexec dns_max_ttl dns_nxdomain_ttl
              idle_transaction_timeout ignore_startup_parameters listen_backlog log_connections
              log_disconnections log_pooler_errors log_stats max_client_conn max_db_connections
              max_packet_size max_prepared_statements max_user_connections min_pool_size pkt_buf
              query_timeout query_wait_timeout reserve_pool_size reserve_pool_timeout sbuf_loopcnt
              server_check_delay server_check_query server_connect_timeout server_fast_close
              server_idle_timeout server_lifetime server_login_retry server_reset_query
              server_reset_query_always server_round_robin server_tls_ciphers
              server_tls13_ciphers server_tls_protocols server_tls_sslmode stats_period
              suspend_timeout tcp_defer_accept tcp_socket_buffer tcp_keepalive tcp_keepcnt
              tcp_keepidle tcp_keepintvl tcp_user_timeout track_extra_parameters verbose
              """
                  .strip()
                  .split("\\s+")));

  private PoolerRules() {}

  static void check(Place pooler, @Nullable Place before, Findings findings) {
    Place spec = pooler.at("spec");
    Place pgbouncer = spec.at("pgbouncer");
    BackupRules.clusterNamed(spec, findings);
    BackupRules.sameCluster(spec, before, findings);
    Place name = pooler.at("metadata", "name");
    if (name.filled() && name.text().equals(spec.at("cluster", "name").text())) {
      findings.invalid(
          name,
          "the Cluster has this name, and Services and accounts of it",
          "choose another, such as " + name.text() + "-pooler");
    }
    if (before != null) {
      BackupRules.unchanged(
          spec.at("serviceAccountName"), before.at("spec", "serviceAccountName"), findings);
    }
    if (!pgbouncer.present()) {
      findings.required(pgbouncer, "missing", "add it, empty if nothing is to be set");
    }
    image(pgbouncer, findings);
    authentication(pgbouncer, findings);
    parameters(pgbouncer, findings);
    monitoring(spec, findings);
  }

  private static void image(Place pgbouncer, Findings findings) {
    Place catalog = pgbouncer.at("imageCatalogRef");
    if (!catalog.present()) {
      return;
    }
    if (pgbouncer.at("image").filled()) {
      findings.forbidden(
          pgbouncer.at("image"),
          "image and imageCatalogRef exclude each other",
          "keep one of them");
    }
    ImageRules.reference(catalog, findings);
  }

  private static void authentication(Place pgbouncer, Findings findings) {
    Place query = pgbouncer.at("authQuery");
    boolean secret = pgbouncer.at("authQuerySecret").present();
    boolean certificate = pgbouncer.at("serverTLSSecret").present();
    if ((secret || certificate) && !query.filled()) {
      findings.required(
          query,
          "needed with authQuerySecret or serverTLSSecret",
          "write it as SELECT usename, passwd FROM public.user_search($1)");
    }
    if (query.filled() && !secret && !certificate) {
      findings.required(
          pgbouncer.at("authQuerySecret", "name"),
          "authQuery is run by a user whose credentials must be given",
          "add authQuerySecret or serverTLSSecret");
    }
    String statement = query.text().strip();
    if (statement.replaceAll(";\\s*$", "").contains(";")) {
      findings.invalid(query, "more than one statement", "write a single SELECT");
    }
    if (query.filled() || secret || certificate) {
      findings.warn(
          pgbouncer.at(secret ? "authQuerySecret" : certificate ? "serverTLSSecret" : "authQuery"),
          "the function and the user that look passwords up aren't made by Howdah then",
          "make them yourself, or remove the fields");
    }
    if (secret) {
      findings.warn(
          pgbouncer.at("authQuerySecret"), "deprecated", "use serverTLSSecret, or nothing at all");
    }
  }

  private static void parameters(Place pgbouncer, Findings findings) {
    Place parameters = pgbouncer.at("parameters");
    for (String name : parameters.keys()) {
      Place value = parameters.entry(name);
      if (!PARAMETERS.contains(name)) {
        findings.invalid(value, "not a parameter that a Pooler may set", "remove it");
      }
      if (value.text().chars().anyMatch(Character::isISOControl)) {
        findings.invalid(value, "holds a line break or another control character", "remove it");
      }
    }
    pgbouncer.at("pg_hba").items().forEach(line -> AccessRules.single(line, findings));
  }

  private static void monitoring(Place spec, Findings findings) {
    Place monitoring = spec.at("monitoring");
    boolean monitored = monitoring.at("enablePodMonitor").isTrue();
    if (monitoring.at("tls", "enabled").isTrue()
        && monitored
        && !spec.at("pgbouncer", "clientTLSSecret").present()) {
      findings.required(
          spec.at("pgbouncer", "clientTLSSecret"),
          "metrics over TLS that a PodMonitor reads are served with it",
          "add it");
    }
    if (monitored) {
      findings.warn(
          monitoring.at("enablePodMonitor"), "deprecated", "make a PodMonitor of your own");
    }
    for (String name : List.of("podMonitorMetricRelabelings", "podMonitorRelabelings")) {
      if (!monitoring.at(name).items().isEmpty()) {
        findings.warn(monitoring.at(name), "deprecated", "make a PodMonitor of your own");
      }
    }
  }
}
