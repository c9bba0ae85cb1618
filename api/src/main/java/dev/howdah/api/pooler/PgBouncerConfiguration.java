// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.pooler;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Configuration of PgBouncer.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value = "!(has(self.image) && self.image != '') || !has(self.imageCatalogRef)",
    message = "image and imageCatalogRef exclude each other; keep one of them")
@Cel(
    value =
        "!(has(self.authQuerySecret) || has(self.serverTLSSecret)) || "
            + "(has(self.authQuery) && self.authQuery != '')",
    message = "authQuery: needed with authQuerySecret or serverTLSSecret")
@Cel(
    value =
        "!(has(self.authQuery) && self.authQuery != '') || "
            + "has(self.authQuerySecret) || has(self.serverTLSSecret)",
    message =
        "authQuerySecret or serverTLSSecret: needed with authQuery, as the user " + "that runs it")
public record PgBouncerConfiguration(
    @Field(
            value = "When a server connection goes back to the pool",
            defaultsTo = "session",
            oneOf = {"session", "transaction"})
        String poolMode,
    @Field("Image of PgBouncer") @Nullable String image,
    @Field(value = "Take the image from a catalog instead", atomic = true)
        @Cel(
            value = "self.kind in ['ImageCatalog', 'ClusterImageCatalog']",
            message = "kind: ImageCatalog or ClusterImageCatalog")
        @Cel(
            value = "has(self.apiGroup) && self.apiGroup == 'postgresql.cnpg.io'",
            message = "apiGroup: must be postgresql.cnpg.io")
        @Nullable ComponentImageReference imageCatalogRef,
    @Field(value = "Secret of the user that looks passwords up", deprecated = true)
        @Nullable LocalReference authQuerySecret,
    @Field(
            value = "Query that looks a password up",
            effective = "SELECT usename, passwd FROM public.user_search($1)")
        @Nullable String authQuery,
    @JsonProperty("serverTLSSecret") @Field("Certificate to show to PostgreSQL")
        @Nullable LocalReference serverTlsSecret,
    @JsonProperty("serverCASecret")
        @Field("Authority to check PostgreSQL's certificate with; by default the cluster's")
        @Nullable LocalReference serverCaSecret,
    @JsonProperty("clientTLSSecret")
        @Field("Certificate to show to clients; by default the cluster's")
        @Nullable LocalReference clientTlsSecret,
    @JsonProperty("clientCASecret")
        @Field("Authority to check clients' certificates with; by default the cluster's")
        @Nullable LocalReference clientCaSecret,
    @Field(value = "Settings, as in pgbouncer.ini", maxItems = 100, maxLength = 4096)
        @Cel(
            value =
                "self.all(k, k in ['application_name_add_host', 'auth_type', 'auth_user', "
                    + "'autodb_idle_timeout', 'cancel_wait_timeout', 'client_idle_timeout', "
                    + "'client_login_timeout', 'client_tls_ciphers', 'client_tls_sslmode', "
                    + "'client_tls13_ciphers', 'default_pool_size', 'disable_pqexec', "
                    + "'dns_max_ttl', 'dns_nxdomain_ttl', 'idle_transaction_timeout', "
                    + "'ignore_startup_parameters', 'listen_backlog', 'log_connections', "
                    + "'log_disconnections', 'log_pooler_errors', 'log_stats', "
                    + "'max_client_conn', 'max_db_connections', 'max_packet_size', "
                    + "'max_prepared_statements', 'max_user_connections', 'min_pool_size', "
                    + "'pkt_buf', 'query_timeout', 'query_wait_timeout', 'reserve_pool_size', "
                    + "'reserve_pool_timeout', 'sbuf_loopcnt', 'server_check_delay', "
                    + "'server_check_query', 'server_connect_timeout', 'server_fast_close', "
                    + "'server_idle_timeout', 'server_lifetime', 'server_login_retry', "
                    + "'server_reset_query', 'server_reset_query_always', 'server_round_robin', "
                    + "'server_tls_ciphers', 'server_tls13_ciphers', 'server_tls_protocols', "
                    + "'server_tls_sslmode', 'stats_period', 'suspend_timeout', "
                    + "'tcp_defer_accept', 'tcp_socket_buffer', 'tcp_keepalive', 'tcp_keepcnt', "
                    + "'tcp_keepidle', 'tcp_keepintvl', 'tcp_user_timeout', "
                    + "'track_extra_parameters', 'verbose'])",
            message =
                "a parameter is not among those that a Pooler may set (the manual lists " + "them)")
        @Cel(
            value = "self.all(k, !self[k].contains('\\n') && !self[k].contains('\\r'))",
            message = "values can't hold line breaks")
        Map<String, String> parameters,
    @JsonProperty("pg_hba")
        @Field(
            value = "Lines of the HBA file, before the default ones",
            maxLength = 4096,
            maxItems = 1000)
        @Cel(
            value = "!self.exists(l, l.contains('\\n') || l.contains('\\r'))",
            message = "one line per item: no line breaks")
        List<String> pgHba,
    @Field(value = "Hold clients back", defaultsTo = "false") Boolean paused) {
  public PgBouncerConfiguration {
    poolMode = Absent.or(poolMode, "session");
    parameters = Absent.map(parameters);
    pgHba = Absent.list(pgHba);
    paused = Absent.or(paused, false);
  }
}
