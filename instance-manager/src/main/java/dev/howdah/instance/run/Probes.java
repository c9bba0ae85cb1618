// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.leadership.PostgresStatus.Phase;
import dev.howdah.instance.cluster.ClusterFields;
import dev.howdah.instance.cluster.ClusterSource;
import dev.howdah.instance.http.Reply;
import dev.howdah.instance.server.Observation;
import dev.howdah.instance.server.Observer;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.Ping;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/// What kubelet asks. Liveness never decides about safety (the guard does); it only ends an
/// instance manager that doesn't answer.
final class Probes {
  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final Duration NEARLY = Duration.ofSeconds(10);
  private static final long NO_LIMIT = -1;

  private final String pod;
  private final ClusterSource cluster;
  private final Observer observer;
  private final PgServer sql;
  private final BooleanSupplier restarting;
  private final LongSupplier nanos;
  private volatile long answersSince;
  private volatile boolean answers;

  /// @param restarting PostgreSQL is down on purpose for a moment
  Probes(
      String pod,
      ClusterSource cluster,
      Observer observer,
      PgServer sql,
      BooleanSupplier restarting,
      LongSupplier nanos) {
    this.nanos = nanos;
    this.pod = pod;
    this.cluster = cluster;
    this.observer = observer;
    this.sql = sql;
    this.restarting = restarting;
  }

  /// Also succeeds while PostgreSQL is down for a good reason: it is rewound, cloned, fenced, or
  /// not yet allowed to start; and while it recovers.
  ///
  /// Kubernetes asks for readiness when this has succeeded, and if that fails only ten seconds
  /// later again: a server that is nearly there is waited for.
  Reply startup() {
    Phase phase = observer.last().status().phase();
    if (phase == Phase.DOWN) {
      return isFenced() || isBeingMade() ? Reply.ok() : Reply.failed("PostgreSQL does not run");
    }
    return switch (sql.ping(PATIENCE)) {
      case READY, REJECTING -> isNearlyReady() ? Reply.failed("starts") : check("startup");
      case NO_RESPONSE -> Reply.failed("PostgreSQL does not answer");
    };
  }

  private boolean isNearlyReady() {
    if (!answers) {
      answersSince = nanos.getAsLong();
      answers = true;
    }
    return nanos.getAsLong() - answersSince < patience().toNanos() && readiness().code() != 200;
  }

  /// Never so long that the start would take too long by it.
  private Duration patience() {
    JsonNode probe = cluster.current().path("spec").path("probes").path("startup");
    if (probe.path("failureThreshold").asInt(0) > 0) {
      return Duration.ZERO;
    }
    Duration third = fields().startDelay().dividedBy(3);
    return third.compareTo(NEARLY) < 0 ? third : NEARLY;
  }

  private boolean isBeingMade() {
    return switch (observer.last().status().data()) {
      case UNUSABLE, PRIMARY -> !isTarget();
      case STANDBY -> false;
    };
  }

  private boolean isTarget() {
    return fields().targetPrimary().equals(pod);
  }

  Reply readiness() {
    Observation seen = observer.last();
    return switch (seen.status().phase()) {
      case PRIMARY, STANDBY ->
          sql.ping(PATIENCE) == Ping.READY
              ? check("readiness")
              : Reply.failed("PostgreSQL does not accept connections");
      case DOWN -> Reply.failed("PostgreSQL does not run");
      case STARTING -> Reply.failed("PostgreSQL starts");
      case HUNG -> Reply.failed("PostgreSQL does not answer");
    };
  }

  Reply liveness() {
    return Reply.ok();
  }

  private ClusterFields fields() {
    return new ClusterFields(cluster.current());
  }

  boolean isFenced() {
    return fields().view(false).isFenced(pod);
  }

  boolean mightBeUnavailable() {
    return isFenced() || restarting.getAsBoolean();
  }

  /// The Cluster's own idea of when a probe succeeds, in addition.
  private Reply check(String probe) {
    JsonNode settings = cluster.current().path("spec").path("probes").path(probe);
    return switch (settings.path("type").asText("pg_isready")) {
      case "query" -> query();
      case "streaming" -> streaming(settings.path("maximumLag").asText(""));
      default -> Reply.ok();
    };
  }

  private Reply query() {
    try {
      sql.query("SELECT 1");
      return Reply.ok();
    } catch (PostgresException e) {
      return Reply.failed(String.valueOf(e.getMessage()));
    }
  }

  private Reply streaming(String maximumLag) {
    Observation seen = observer.look();
    if (seen.status().phase() == Phase.PRIMARY) {
      return Reply.ok();
    }
    if (!seen.streaming()) {
      return Reply.failed("the standby does not stream");
    }
    long limit = bytes(maximumLag);
    long lag = seen.latestEnd().bytesSince(seen.replayed());
    return limit == NO_LIMIT || lag <= limit
        ? Reply.ok()
        : Reply.failed("the standby is %d bytes behind, more than %d".formatted(lag, limit));
  }

  /// A Kubernetes quantity in bytes; no limit where there is none.
  static long bytes(String quantity) {
    if (quantity.isEmpty()) {
      return NO_LIMIT;
    }
    int end = 0;
    while (end < quantity.length()
        && (Character.isDigit(quantity.charAt(end)) || quantity.charAt(end) == '.')) {
      end++;
    }
    double number = Double.parseDouble(quantity.substring(0, end));
    double unit =
        switch (quantity.substring(end)) {
          case "" -> 1;
          case "k" -> 1e3;
          case "M" -> 1e6;
          case "G" -> 1e9;
          case "T" -> 1e12;
          case "Ki" -> 1L << 10;
          case "Mi" -> 1L << 20;
          case "Gi" -> 1L << 30;
          case "Ti" -> 1L << 40;
          default -> throw new IllegalArgumentException("not a quantity: " + quantity);
        };
    return (long) (number * unit);
  }
}
