// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Poolers that the cluster serves.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PoolerIntegrations(
    @Field("Those of PgBouncer") @Nullable PgBouncerIntegration pgBouncerIntegration) {

  /// Poolers of PgBouncer that the cluster serves.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record PgBouncerIntegration(
      @Field("Secrets they authenticate with") List<String> secrets) {
    public PgBouncerIntegration {
      secrets = Absent.list(secrets);
    }
  }
}
