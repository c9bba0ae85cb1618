// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeSettings;
import dev.howdah.kube.Resource;
import dev.howdah.log.JsonLog;
import dev.howdah.operator.admission.AdmissionReviews;
import dev.howdah.operator.admission.ResourceReview;
import dev.howdah.operator.admission.WebhookCertificates;
import dev.howdah.operator.admission.WebhookServer;
import dev.howdah.operator.cluster.ClusterOperator;
import dev.howdah.operator.lead.OperatorLease;
import dev.howdah.operator.tree.Tree;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operator as a program in a pod: webhooks on every replica, everything else on the one that
/// leads.
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);
  private static final String LEASE = "db9c8771.cnpg.io";
  private static final String CONFIGURATION = "cnpg-controller-manager-config";
  private static final int USAGE = 2;

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
          given.getOrDefault("kubeconfig", ""));
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
    var stopped = new AtomicBoolean();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              if (stopped.compareAndSet(false, true)) {
                main.interrupt();
                join(main);
              }
            }));
    try (KubeClient client = new KubeClient(where)) {
      int code = run(options, environment, client);
      stopped.set(true);
      return code;
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static int run(Options options, Map<String, String> environment, KubeClient client)
      throws IOException, InterruptedException {
    OperatorSettings settings = settings(options, environment, client);
    InstantSource clock = InstantSource.system();
    var ready = new AtomicBoolean();
    var reviews = new AdmissionReviews(new ResourceReview(settings));
    try (var certificates = WebhookCertificates.open(client, settings, clock);
        var webhooks =
            WebhookServer.start(
                new InetSocketAddress(options.webhookPort()),
                certificates.context(),
                reviews,
                ready::get)) {
      LOG.atInfo().addKeyValue("port", webhooks.port()).log("webhooks served");
      ready.set(true);
      return lead(options, settings, client, identity(environment), clock);
    }
  }

  private static int lead(
      Options options,
      OperatorSettings settings,
      KubeClient client,
      String identity,
      InstantSource clock)
      throws InterruptedException {
    if (!options.elect()) {
      try (var _ = ClusterOperator.start(settings, client, identity, clock, () -> true)) {
        Thread.sleep(Long.MAX_VALUE);
        return 0;
      }
    }
    var timing = new OperatorLease.Timing(options.lease(), options.renew(), Duration.ofSeconds(2));
    try (var lease =
        new OperatorLease(client, settings.operatorNamespace(), LEASE, identity, timing).start()) {
      lease.awaitLeading();
      try (var _ = ClusterOperator.start(settings, client, identity, clock, lease::leads)) {
        lease.awaitLost();
      }
      return 1; // a new process starts from nothing
    }
  }

  private static String identity(Map<String, String> environment) {
    return environment.getOrDefault("POD_NAME", environment.getOrDefault("HOSTNAME", "operator"))
        + "_"
        + UUID.randomUUID();
  }

  /// Environment, ConfigMap, Secret: the later ones win.
  private static OperatorSettings settings(
      Options options, Map<String, String> environment, KubeClient client) {
    Map<String, String> own = new HashMap<>(environment);
    own.putIfAbsent("OPERATOR_NAMESPACE", client.namespace());
    String namespace = own.getOrDefault("OPERATOR_NAMESPACE", "");
    Map<String, String> plain =
        client
            .find(Resource.CONFIG_MAPS, namespace, options.configMap())
            .map(object -> Tree.texts(object.path("data")))
            .orElse(Map.of());
    Map<String, String> secret =
        client
            .find(Resource.SECRETS, namespace, options.secret())
            .map(object -> decoded(object.path("data")))
            .orElse(Map.of());
    return OperatorSettings.of(List.of(own, plain, secret));
  }

  private static Map<String, String> decoded(JsonNode data) {
    Map<String, String> texts = new HashMap<>();
    Tree.texts(data)
        .forEach((key, value) ->
            texts.put(
                key, new String(Base64.getMimeDecoder().decode(value), StandardCharsets.UTF_8)));
    return texts;
  }
}
