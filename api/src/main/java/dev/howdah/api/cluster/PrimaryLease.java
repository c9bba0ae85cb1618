// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;

/// Timing of the primary's lease.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value = "self.leaseDurationSeconds > self.renewDeadlineSeconds",
    message =
        "leaseDurationSeconds: more than renewDeadlineSeconds, so that the primary "
            + "stops before its lease ends")
@Cel(
    value = "self.renewDeadlineSeconds * 5 > self.retryPeriodSeconds * 6",
    message =
        "renewDeadlineSeconds: more than 1.2 times retryPeriodSeconds, so that one "
            + "failed attempt doesn't stop the primary")
public record PrimaryLease(
    @Field(value = "Seconds that the lease is valid after each renewal", defaultsTo = "15", min = 1)
        Integer leaseDurationSeconds,
    @Field(
            value = "Seconds within which the primary must renew, or stop",
            defaultsTo = "10",
            min = 1)
        Integer renewDeadlineSeconds,
    @Field(value = "Seconds between two attempts", defaultsTo = "2", min = 1)
        Integer retryPeriodSeconds,
    @Field(
            value = "Seconds that a lease stays valid that was given back",
            defaultsTo = "1",
            min = 1)
        Integer releasedLeaseDurationSeconds) {
  public PrimaryLease {
    leaseDurationSeconds = Absent.or(leaseDurationSeconds, 15);
    renewDeadlineSeconds = Absent.or(renewDeadlineSeconds, 10);
    retryPeriodSeconds = Absent.or(retryPeriodSeconds, 2);
    releasedLeaseDurationSeconds = Absent.or(releasedLeaseDurationSeconds, 1);
  }
}
