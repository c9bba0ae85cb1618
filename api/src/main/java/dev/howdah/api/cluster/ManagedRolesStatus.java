// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// State of the managed roles.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ManagedRolesStatus(
    @Field("Roles by state: reconciled, not-managed, pending-reconciliation, reserved")
        Map<String, List<String>> byStatus,
    @Field("Errors, by role") Map<String, List<String>> cannotReconcile,
    @Field("Last password set, by role") Map<String, PasswordState> passwordStatus) {
  public ManagedRolesStatus {
    byStatus = Absent.map(byStatus);
    cannotReconcile = Absent.map(cannotReconcile);
    passwordStatus = Absent.map(passwordStatus);
  }

  /// The last password set.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record PasswordState(
      @JsonProperty("transactionID") @Field("Transaction that last changed the role")
          @Nullable Long transactionId,
      @Field("Version of the Secret that was applied") @Nullable String resourceVersion) {}
}
