// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.metrics.Metrics;
import dev.howdah.instance.http.Endpoint;
import dev.howdah.instance.http.Reply;
import dev.howdah.instance.metrics.QueryRun.Failure;
import dev.howdah.kube.KubeClient;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.wire.ServerAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers `/metrics`. Nothing is done, read or kept before the first request. Requests are
/// answered one after the other; all within the age that `spec.monitoring.metricsQueriesTTL` allows
/// are answered by one run of the queries.
public final class Exporter implements Endpoint.Work {
  private static final Logger LOG = LoggerFactory.getLogger(Exporter.class);
  private static final String COLLECTOR = "Collect.up";
  private static final String QUERIES = "Collect.queries";

  private static final int AT_ONCE = 4;

  /// What the exporter asks.
  ///
  /// @param volumes folders by the names of the volumes that they are on; `wal` is PostgreSQL's
  /// @param leading whether this instance leads, and in which term
  public record Parts(
      String pod,
      String namespace,
      Supplier<JsonNode> cluster,
      ServerAddress server,
      Supplier<Map<String, Path>> volumes,
      Supplier<Leading> leading) {}

  /// @param term 0 while it is unknown
  public record Leading(boolean leads, long term) {}

  private final Parts parts;
  private final InstantSource clock;
  private final QuerySources sources;
  private final QueryRun run;
  private final Semaphore waiting = new Semaphore(AT_ONCE);
  private final Map<String, Long> errors = new HashMap<>();
  private final Map<String, String> told = new HashMap<>();
  private long collections;
  private long incomplete;
  private long hits;
  private long misses;
  private QueryRun.@Nullable Outcome last;
  private List<Failure> failures = List.of();
  private Instant ranAt = Instant.EPOCH;
  private long ranNanos;
  private double ranSeconds;

  public Exporter(Parts parts, KubeClient kube, InstantSource clock) {
    this.parts = parts;
    this.clock = clock;
    this.sources = new QuerySources(kube, parts.namespace());
    this.run = new QueryRun(parts.server(), QueryRun.Limits.STANDARD);
  }

  @Override
  public Reply answer(Endpoint.Request request) {
    if (!waiting.tryAcquire()) {
      return Reply.text(503, "others are asking already; ask less often");
    }
    try {
      byte[] text = collect().text().getBytes(StandardCharsets.UTF_8);
      return new Reply(200, Metrics.CONTENT_TYPE, text);
    } finally {
      waiting.release();
    }
  }

  /// All metrics as they are now.
  public synchronized Metrics collect() {
    long begun = System.nanoTime();
    collections++;
    JsonNode cluster = parts.cluster().get();
    var settings = MonitoringFields.of(cluster);
    boolean asked = false;
    if (last == null || System.nanoTime() - ranNanos > settings.age().toNanos()) {
      asked = true;
      misses++;
      runQueries(cluster, settings);
    } else {
      hits++;
    }
    var metrics = new Metrics();
    server(metrics, settings.cluster());
    ClusterFigures.add(metrics, cluster, parts.pod());
    var leading = parts.leading().get();
    metrics
        .add(CollectorMetrics.LEADING, leading.leads() ? 1 : 0)
        .add(CollectorMetrics.TERM, leading.term());
    MachineFigures.volumes(metrics, parts.volumes().get());
    MachineFigures.process(metrics);
    queries(metrics);
    MachineFigures.segments(metrics);
    boolean failed = last == null || failures.stream().anyMatch(Failure::counts);
    if (failed && asked) {
      incomplete++;
    }
    metrics
        .add(CollectorMetrics.COLLECTIONS, collections)
        .add(CollectorMetrics.COLLECTION_ERRORS, incomplete, COLLECTOR)
        .add(CollectorMetrics.LAST_COLLECTION_ERROR, failed ? 1 : 0)
        .add(CollectorMetrics.COLLECTION_DURATION, ranSeconds, QUERIES)
        .add(CollectorMetrics.COLLECTION_DURATION, (System.nanoTime() - begun) / 1e9, COLLECTOR);
    return metrics;
  }

  private void runQueries(JsonNode cluster, MonitoringFields settings) {
    QueryFile file = sources.current(cluster);
    long begun = System.nanoTime();
    var met = new ArrayList<Failure>();
    file.problems()
        .forEach((name, problem) -> met.add(new Failure(name, "", "definition", problem, true)));
    try {
      last = run.run(file.queries().values(), settings.database());
      met.addAll(last.failures());
    } catch (PostgresException e) {
      last = null;
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("no metrics from PostgreSQL");
    }
    failures = List.copyOf(met);
    ranNanos = System.nanoTime();
    ranAt = clock.instant();
    ranSeconds = (ranNanos - begun) / 1e9;
    count(file);
  }

  /// Each failure is counted; what is new about it goes to the log once.
  private void count(QueryFile file) {
    for (Failure failure : failures) {
      if (failure.counts()) {
        errors.merge(failure.query(), 1L, Long::sum);
      }
      String where = failure.query() + "@" + failure.database();
      if (!failure.kind().equals(told.put(where, failure.kind()))) {
        LOG.atWarn()
            .addKeyValue("query", failure.query())
            .addKeyValue("database", failure.database())
            .addKeyValue("error", failure.message())
            .log("metrics query failed");
      }
    }
    told.keySet()
        .removeIf(where ->
            failures.stream().noneMatch(f -> where.equals(f.query() + "@" + f.database())));
    errors.keySet().retainAll(known(file));
  }

  private static Set<String> known(QueryFile file) {
    var known = new HashSet<>(file.queries().keySet());
    known.addAll(file.problems().keySet());
    return known;
  }

  private void server(Metrics metrics, String cluster) {
    var answer = last;
    metrics.add(CollectorMetrics.UP, answer == null ? 0 : 1, cluster);
    if (answer != null) {
      double number =
          Double.parseDouble(
              "%d.%d".formatted(answer.versionNumber() / 10_000, answer.versionNumber() % 10_000));
      metrics.add(CollectorMetrics.VERSION, number, answer.version(), cluster);
    }
  }

  private void queries(Metrics metrics) {
    var answer = last;
    if (answer != null) {
      metrics.addAll(answer.metrics());
    }
    errors.forEach((query, count) -> metrics.add(CollectorMetrics.ERRORS, count, query));
    failures.forEach(failure ->
        metrics.add(
            CollectorMetrics.QUERY_ERROR, 1, failure.query(), failure.database(), failure.kind()));
    metrics
        .add(CollectorMetrics.LAST_ERROR, failures.stream().anyMatch(Failure::counts) ? 1 : 0)
        .add(CollectorMetrics.LAST_UPDATE, ranAt.toEpochMilli() / 1000.0)
        .add(CollectorMetrics.CACHE_HITS, hits)
        .add(CollectorMetrics.CACHE_MISS, misses);
  }
}
