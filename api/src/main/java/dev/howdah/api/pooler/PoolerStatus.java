// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.pooler;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// What a Pooler is.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PoolerStatus(
    @Field("Poolers that exist") @Nullable Integer instances,
    @Field("Image in use") @Nullable String image,
    @Field(
            value = "What is going on",
            oneOf = {"active", "paused", "inactive", "failed"})
        @Nullable String phase,
    @Field("Why") @Nullable String phaseReason,
    @Field("What is wrong with the definition") @Nullable String error,
    @Field("Secrets in use") @Nullable Secrets secrets) {

  /// Secrets in use.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Secrets(
      @JsonProperty("serverTLS") @Field("Certificate shown to PostgreSQL")
          @Nullable SecretVersion serverTls,
      @JsonProperty("clientTLS") @Field("Certificate shown to clients")
          @Nullable SecretVersion clientTls,
      @JsonProperty("serverCA") @Field("Authority of PostgreSQL's certificate")
          @Nullable SecretVersion serverCa,
      @JsonProperty("clientCA") @Field("Authority of clients' certificates")
          @Nullable SecretVersion clientCa,
      @Field("Secrets of PgBouncer itself") @Nullable PgBouncerSecrets pgBouncerSecrets) {}

  /// Secrets of PgBouncer itself.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record PgBouncerSecrets(
      @Field("Secret of the user that looks passwords up") @Nullable SecretVersion authQuery) {}

  /// A Secret, and its version in use.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record SecretVersion(
      @Field("Name") @Nullable String name, @Field("Version") @Nullable String version) {}
}
