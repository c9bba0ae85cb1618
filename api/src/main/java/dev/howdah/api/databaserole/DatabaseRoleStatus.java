// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.databaserole;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a DatabaseRole stands.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DatabaseRoleStatus(
    @Field("Generation that was last dealt with") @Nullable Long observedGeneration,
    @Field("Whether the role is as described") @Nullable Boolean applied,
    @Field("What went wrong") @Nullable String message,
    @Field("Version of the Secret that was applied") @Nullable String secretResourceVersion,
    @Field("Certificate to log in with") @Nullable CertificateState clientCertificate,
    @Field(
            value = "Conditions",
            mapKeys = {"type"})
        List<Condition> conditions) {
  public DatabaseRoleStatus {
    conditions = Absent.list(conditions);
  }

  /// The certificate to log in with.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record CertificateState(
      @Field("When it ends") @Nullable String expiration,
      @Field("What went wrong") @Nullable String message) {}
}
