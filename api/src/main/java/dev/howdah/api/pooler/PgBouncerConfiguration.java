// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.pooler;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Field;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Configuration of PgBouncer.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PgBouncerConfiguration(
    @Field(
            value = "When a server connection goes back to the pool",
            defaultsTo = "session",
            oneOf = {"session", "transaction"})
        String poolMode,
    @Field("Image of PgBouncer") @Nullable String image,
    @Field(value = "Take the image from a catalog instead", atomic = true)
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
    @Field("Settings, as in pgbouncer.ini") Map<String, String> parameters,
    @JsonProperty("pg_hba") @Field("Lines of the HBA file, before the default ones")
        List<String> pgHba,
    @Field(value = "Hold clients back", defaultsTo = "false") Boolean paused) {
  public PgBouncerConfiguration {
    poolMode = Absent.or(poolMode, "session");
    parameters = Absent.map(parameters);
    pgHba = Absent.list(pgHba);
    paused = Absent.or(paused, false);
  }
}
