// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.KeyReference;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// Credentials for Google Cloud Storage: a service account's JSON key, or the identity of the node
/// or pod.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GoogleCredentials(
    @Field("Key that holds the service account's JSON")
        @Nullable KeyReference applicationCredentials,
    @Field("Use the identity that Google Kubernetes Engine gives to the pod")
        @Nullable Boolean gkeEnvironment) {}
