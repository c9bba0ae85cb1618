// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Versions of the Secrets in use; instances reload when one changes.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SecretsResourceVersion(
    @Field("Of the superuser's Secret") @Nullable String superuserSecretVersion,
    @Field("Of the replication certificate") @Nullable String replicationSecretVersion,
    @Field("Of the application's Secret") @Nullable String applicationSecretVersion,
    @Field("Of the authority of clients") @Nullable String clientCaSecretVersion,
    @Field("Of the authority of the server") @Nullable String serverCaSecretVersion,
    @Field("Of the server's certificate") @Nullable String serverSecretVersion,
    @JsonProperty("barmanEndpointCA") @Field("Of the object store's authority")
        @Nullable String barmanEndpointCa,
    @Field(value = "No longer used", deprecated = true) @Nullable String caSecretVersion,
    @Field("Of managed roles' passwords") Map<String, String> managedRoleSecretVersion,
    @Field("Of external clusters' Secrets") Map<String, String> externalClusterSecretVersion,
    @Field("Of Secrets with queries") Map<String, String> metrics) {
  public SecretsResourceVersion {
    managedRoleSecretVersion = Absent.map(managedRoleSecretVersion);
    externalClusterSecretVersion = Absent.map(externalClusterSecretVersion);
    metrics = Absent.map(metrics);
  }
}
