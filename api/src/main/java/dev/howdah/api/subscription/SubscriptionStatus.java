// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.subscription;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// How a Subscription stands.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SubscriptionStatus(
    @Field("Generation that was last dealt with") @Nullable Long observedGeneration,
    @Field("Whether the subscription is as described") @Nullable Boolean applied,
    @Field("What went wrong") @Nullable String message) {}
