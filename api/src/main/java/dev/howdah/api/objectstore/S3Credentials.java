// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.KeyReference;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// Credentials for S3: a pair of keys, or the identity of the pod.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record S3Credentials(
    @Field("Key that holds the access key's id") @Nullable KeyReference accessKeyId,
    @Field("Key that holds the secret access key") @Nullable KeyReference secretAccessKey,
    @Field("Key that holds the region's name") @Nullable KeyReference region,
    @Field("Key that holds the session token") @Nullable KeyReference sessionToken,
    @JsonProperty("inheritFromIAMRole") @Field("Use the role of the pod instead of keys")
        @Nullable Boolean inheritFromIamRole) {}
