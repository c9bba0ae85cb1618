// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// One change of the primary, as the instance that became the primary saw it. Moments are in RFC
/// 3339.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Incident(
    @Field("What happened: Failover, Switchover or RestartInPlace") @Nullable String kind,
    @Field("The primary before") @Nullable String from,
    @Field("The primary since") @Nullable String to,
    @Field("When the loss of the old primary, or the wish for another one, was noticed")
        @Nullable String detectedAt,
    @Field("When the old primary was proved unable to acknowledge anything, at the latest")
        @Nullable String fencedAt,
    @Field("When the Lease was taken") @Nullable String electedAt,
    @Field("When PostgreSQL accepted writes") @Nullable String promotedAt,
    @Field("When the first transaction that wrote anything was complete")
        @Nullable String firstWriteAt,
    @Field("When the old primary streamed again") @Nullable String oldPrimaryBackAt,
    @Field("What may have been lost at most, in words") @Nullable String lossBound,
    @Field("Of the Lease") @Nullable Long term,
    @Field("That the new primary writes") @Nullable Integer timeline,
    @Field("Bytes of the log that may be lost at most; absent while that is unknown")
        @Nullable Long lostBytes) {}
