// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import dev.howdah.core.metrics.Metrics;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.log.JsonLog;
import dev.howdah.operator.admission.AdmissionReviews;
import dev.howdah.operator.admission.ResourceReview;
import dev.howdah.operator.admission.WebhookCertificates;
import dev.howdah.operator.admission.WebhookServer;
import dev.howdah.operator.cluster.ClusterOperator;
import dev.howdah.operator.lead.OperatorLease;
import dev.howdah.operator.metrics.MetricsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operator as a program in a pod: webhooks on every replica, everything else on the one that
/// leads.
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);
  private static final String LEASE = "db9c8771.cnpg.io";
  private static final String CONFIGURATION = "cnpg-controller-manager-config";
  private static final int USAGE = 2;
  private static final Duration LONGEST_END = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private Main() {}

  /// Runs until it is stopped, or no longer leads.
  public static void main(String[] words) {
    int code = 1;
    try {
      code = run(Options.parse(words), System.getenv());
    } catch (IllegalArgumentException e) {
      LOG.error(String.valueOf(e.getMessage()));
      code = USAGE;
    } catch (InterruptedException _) {
      code = 0;
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      LOG.atError().setCause(e).log("the operator can't run");
    }
    JsonLog.current().flush();
    System.exit(code);
  }

  /// The words of the call.
  record Options(
      boolean elect,
      Duration lease,
      Duration renew,
      String configMap,
      String secret,
      int webhookPort,
      String metrics,
      String kubeconfig) {
    static Options parse(String... words) {
      Map<String, String> given = new HashMap<>();
      for (String word : words) {
        if (!word.startsWith("--")) {
          continue; // the command's own name, such as `controller`
        }
        int at = word.indexOf('=');
        given.put(
            word.substring(2, at < 0 ? word.length() : at),
            at < 0 ? "true" : word.substring(at + 1));
      }
      return new Options(
          Boolean.parseBoolean(given.getOrDefault("leader-elect", "false")),
          Duration.ofSeconds(number(given, "leader-lease-duration", 15)),
          Duration.ofSeconds(number(given, "leader-renew-deadline", 10)),
          given.getOrDefault("config-map-name", CONFIGURATION),
          given.getOrDefault("secret-name", CONFIGURATION),
          number(given, "webhook-port", 9443),
          given.getOrDefault("metrics-bind-address", ":8080"),
          given.getOrDefault("kubeconfig", ""));
    }

    /// Where metrics are served; null: nowhere.
    @Nullable InetSocketAddress metricsAddress() {
      int colon = metrics.lastIndexOf(':');
      try {
        int port = Integer.parseInt(metrics.substring(colon + 1));
        if (port == 0 && colon < 0) {
          return null;
        }
        return colon <= 0
            ? new InetSocketAddress(port)
            : new InetSocketAddress(metrics.substring(0, colon), port);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "--metrics-bind-address is \"%s\": give :PORT, ADDRESS:PORT, or 0 for none"
                .formatted(metrics),
            e);
      }
    }

    private static int number(Map<String, String> given, String option, int otherwise) {
      String value = given.getOrDefault(option, Integer.toString(otherwise));
      try {
        return Integer.parseInt(value);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "--%s is \"%s\": give a whole number".formatted(option, value), e);
      }
    }
  }

  private static int run(Options options, Map<String, String> environment)
      throws IOException, GeneralSecurityException, InterruptedException {
    KubeSettings where =
        options.kubeconfig().isEmpty()
            ? KubeSettings.inCluster("", environment)
            : KubeSettings.fromKubeconfig(Path.of(options.kubeconfig()));
    var main = Thread.currentThread();
    var over = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              if (over.getCount() > 0) {
                main.interrupt();
                await(over);
              }
              JsonLog.current().flush();
            }));
    try (KubeClient client = new KubeClient(where)) {
      return run(options, environment, client);
    } finally {
      over.countDown();
    }
  }

  /// Not for the main thread's end, which waits in [System#exit] for who waits here.
  private static void await(CountDownLatch over) {
    try {
      over.await(LONGEST_END.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static int run(Options options, Map<String, String> environment, KubeClient client)
      throws IOException, InterruptedException {
    InstantSource clock = InstantSource.system();
    var ready = new AtomicBoolean();
    var status = new OperatorStatus();
    try (var settings =
            LiveSettings.follow(environment, client, options.configMap(), options.secret());
        var certificates = WebhookCertificates.open(client, settings::current, clock);
        var webhooks =
            WebhookServer.start(
                new InetSocketAddress(options.webhookPort()),
                certificates.context(),
                () -> new AdmissionReviews(new ResourceReview(settings.current())),
                ready::get);
        var _ = metrics(options, settings.current(), () -> status.measure(certificates.end()))) {
      LOG.atInfo().addKeyValue("port", webhooks.port()).log("webhooks served");
      settings
          .current()
          .ignored()
          .forEach((key, value) ->
              LOG.atWarn()
                  .addKeyValue("key", key)
                  .addKeyValue("value", value)
                  .log("this setting has no effect in this version"));
      ready.set(true);
      return lead(options, settings, client, identity(environment), clock, status);
    }
  }

  private static @Nullable MetricsServer metrics(
      Options options, OperatorSettings settings, Supplier<Metrics> metrics) throws IOException {
    InetSocketAddress address = options.metricsAddress();
    if (address == null) {
      return null;
    }
    return settings.metricsCertificates().isEmpty()
        ? MetricsServer.start(address, metrics)
        : MetricsServer.start(address, Path.of(settings.metricsCertificates()), metrics);
  }

  private static int lead(
      Options options,
      LiveSettings settings,
      KubeClient client,
      String identity,
      InstantSource clock,
      OperatorStatus status)
      throws InterruptedException {
    if (!options.elect()) {
      while (true) {
        OperatorSettings used = settings.current();
        try (var clusters = ClusterOperator.start(used, client, identity, clock, () -> true);
            var _ = status.of(clusters)) {
          while (settings.current().equals(used)) {
            settings.awaitOther(used, LOOK);
          }
        }
      }
    }
    var timing = new OperatorLease.Timing(options.lease(), options.renew(), Duration.ofSeconds(2));
    String namespace = settings.current().operatorNamespace();
    try (var lease = new OperatorLease(client, namespace, LEASE, identity, timing).start()) {
      while (!lease.isLost()) {
        OperatorSettings used = settings.current();
        try (var clusters = ClusterOperator.follow(used, client, identity, clock, lease::leads)) {
          operate(clusters, settings, used, lease, status);
        }
      }
      return 1; // a new process starts from nothing
    }
  }

  /// Stands by until this operator leads, then looks after the Clusters, until the settings change
  /// or it must not go on. When it is stopped, the next one may begin before this one has tidied
  /// up.
  private static void operate(
      ClusterOperator clusters,
      LiveSettings settings,
      OperatorSettings used,
      OperatorLease lease,
      OperatorStatus status)
      throws InterruptedException {
    try {
      if (!lease.leads()) {
        LOG.info("standing by: everything is followed");
      }
      while (!lease.awaitLeading(LOOK)) {
        if (!settings.current().equals(used)) {
          return;
        }
      }
      clusters.begin();
      try (var _ = status.of(clusters)) {
        while (!lease.isLost() && settings.current().equals(used)) {
          settings.awaitOther(used, LOOK);
        }
      }
    } catch (InterruptedException e) {
      clusters.rest();
      lease.close();
      throw e;
    }
  }

  private static String identity(Map<String, String> environment) {
    return environment.getOrDefault("POD_NAME", environment.getOrDefault("HOSTNAME", "operator"))
        + "_"
        + UUID.randomUUID();
  }
}
