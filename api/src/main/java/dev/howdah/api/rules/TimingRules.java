// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.core.leadership.Timings;
import java.util.List;
import java.util.Optional;

/// Rules of delays, deadlines and the lease.
final class TimingRules {
  private TimingRules() {}

  static void check(Place spec, Findings findings) {
    Place lease = spec.at("primaryLease");
    if (lease.present()) {
      lease(lease, findings);
    }
    for (String field :
        List.of(
            "startDelay",
            "stopDelay",
            "smartShutdownTimeout",
            "switchoverDelay",
            "failoverDelay",
            "livenessProbeTimeout")) {
      if (spec.at(field).number(0) < 0) {
        findings.invalid(spec.at(field), "less than nothing", "write 0 or more seconds");
      }
    }
    long smart = spec.at("smartShutdownTimeout").number(0);
    if (smart > 0 && spec.at("stopDelay").number(Long.MAX_VALUE) <= smart) {
      findings.warn(
          spec.at("smartShutdownTimeout"),
          "not less than stopDelay, so that shutdowns are fast ones at once",
          "raise stopDelay, or set 0 to say so");
    }
    Place strategy = spec.at("primaryUpdateStrategy");
    if (strategy.text().equals("supervised") && spec.at("instances").number(1) == 1) {
      findings.invalid(
          strategy,
          "needs a standby to switch over to",
          "set spec.instances to 2 or more, or write unsupervised");
    }
    Place age = spec.at("monitoring", "metricsQueriesTTL");
    if (age.present()) {
      Optional<Double> seconds = duration(age, findings);
      if (seconds.isPresent() && seconds.get() == 0) {
        findings.warn(
            age, "every request for metrics runs all queries", "write 30s to spare the server");
      }
    }
  }

  private static void lease(Place lease, Findings findings) {
    Place duration = lease.at("leaseDurationSeconds");
    Place renew = lease.at("renewDeadlineSeconds");
    Place retry = lease.at("retryPeriodSeconds");
    for (Place place : List.of(duration, renew, retry, lease.at("releasedLeaseDurationSeconds"))) {
      if (place.number(1) < 1) {
        findings.invalid(place, "less than a second", "write 1 or more");
      }
    }
    long margin = duration.number(15) - renew.number(10);
    if (margin <= 0) {
      findings.invalid(
          duration,
          "not more than renewDeadlineSeconds, so that the lease could end before its primary stops",
          "raise it, or lower renewDeadlineSeconds");
    }
    if (renew.number(10) * 5 <= retry.number(2) * 6) {
      findings.invalid(
          renew,
          "not more than 1.2 times retryPeriodSeconds, so that one failed attempt stops the primary",
          "raise it, or lower retryPeriodSeconds");
    } else if (margin > 0 && retry.number(2) >= 1) {
      margin(duration, renew, retry, findings);
    }
  }

  /// Instances don't go by timings that leave an old primary too little time to stop.
  private static void margin(Place duration, Place renew, Place retry, Findings findings) {
    int lease = seconds(duration, 15);
    int permit = seconds(renew, 10);
    int pause = seconds(retry, 2);
    if (!Timings.ofSeconds(lease, permit, pause, 1).problems().isEmpty()) {
      findings.warn(
          duration,
          "too little more than renewDeadlineSeconds: an old primary needs 1.5 s and 0.1 % to stop,"
              + " so instances use 15, 10 and 2 seconds instead of %d, %d and %d"
                  .formatted(lease, permit, pause),
          "write %d or more, or lower renewDeadlineSeconds"
              .formatted((permit * 1000L + 1500) / 999 + 1));
    }
  }

  private static int seconds(Place place, int unset) {
    return (int) Math.min(place.number(unset), Integer.MAX_VALUE);
  }

  /// A duration as Go writes it.
  static Optional<Double> duration(Place place, Findings findings) {
    Optional<Double> seconds = GoText.parseDuration(place.text());
    if (seconds.isEmpty()) {
      findings.invalid(place, "not a duration", "write it as 30s, 5m or 1h30m");
    } else if (seconds.get() < 0) {
      findings.invalid(place, "less than nothing", "write 0s or more");
    }
    return seconds;
  }
}
