// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/// Probes of the instances.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ProbesConfiguration(
    @Field("Whether PostgreSQL has started") @Nullable ReadinessProbe startup,
    @Field("Whether the instance can serve") @Nullable ReadinessProbe readiness,
    @Field("Whether the instance is alive") @Nullable LivenessProbe liveness) {

  /// A probe with a choice of what is checked.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record ReadinessProbe(
      @Field("Seconds to wait before the first check") @Nullable Integer initialDelaySeconds,
      @Field("Seconds that a check may take") @Nullable Integer timeoutSeconds,
      @Field("Seconds between two checks") @Nullable Integer periodSeconds,
      @Field("Checks that must pass in a row") @Nullable Integer successThreshold,
      @Field("Checks that must fail in a row") @Nullable Integer failureThreshold,
      @Field("Seconds to stop in after the probe has failed")
          @Nullable Long terminationGracePeriodSeconds,
      @Field(
              value = "What is checked",
              effective = "pg_isready",
              oneOf = {"pg_isready", "streaming", "query"})
          @Nullable String type,
      @Field("With type streaming, bytes that a standby may lag behind")
          @Nullable Quantity maximumLag) {}

  /// The liveness probe.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record LivenessProbe(
      @Field("Seconds to wait before the first check") @Nullable Integer initialDelaySeconds,
      @Field("Seconds that a check may take") @Nullable Integer timeoutSeconds,
      @Field("Seconds between two checks") @Nullable Integer periodSeconds,
      @Field("Checks that must pass in a row") @Nullable Integer successThreshold,
      @Field("Checks that must fail in a row") @Nullable Integer failureThreshold,
      @Field("Seconds to stop in after the probe has failed")
          @Nullable Long terminationGracePeriodSeconds,
      @Field("Whether a primary that neither reaches the API server nor its peers is stopped")
          @Nullable IsolationCheck isolationCheck) {}

  /// The check for isolation of a primary.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record IsolationCheck(
      @Field(value = "Check it", defaultsTo = "true") Boolean enabled,
      @Field(value = "Milliseconds that a request to a peer may take", defaultsTo = "1000")
          Integer requestTimeout,
      @Field(value = "Milliseconds that connecting to a peer may take", defaultsTo = "1000")
          Integer connectionTimeout) {
    public IsolationCheck {
      enabled = Absent.or(enabled, true);
      requestTimeout = Absent.or(requestTimeout, 1000);
      connectionTimeout = Absent.or(connectionTimeout, 1000);
    }
  }
}
