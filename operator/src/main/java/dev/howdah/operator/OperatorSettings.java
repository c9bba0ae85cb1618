// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How the operator behaves, read once: defaults < environment < ConfigMap < Secret
/// `cnpg-controller-manager-config`.
///
/// @param watchNamespaces empty: all
/// @param standbyTcpUserTimeout null: the instance manager's default
/// @param managerProgram the launcher of the instance manager that pods get
/// @param drainTaints taints that mean a node is being emptied
public record OperatorSettings(
    String operatorNamespace,
    Set<String> watchNamespaces,
    String operatorImage,
    String postgresImage,
    String pgbouncerImage,
    String pullSecret,
    List<String> inheritedLabels,
    List<String> inheritedAnnotations,
    String monitoringConfigMap,
    String monitoringSecret,
    Duration certificateDuration,
    Duration expiringCheckThreshold,
    boolean createAnyService,
    boolean inPlaceManagerUpdates,
    Duration clustersRolloutDelay,
    Duration instancesRolloutDelay,
    List<String> includePlugins,
    @Nullable Integer standbyTcpUserTimeout,
    String clusterDomain,
    Set<String> drainTaints,
    String webhookCertificates,
    boolean manageWebhookConfigurations,
    boolean webhookNamespaceSuffix,
    String managerProgram,
    int parallelPasses) {
  /// The version written on what the operator makes.
  public static final String VERSION = "0.1.0";

  /// Image that stands for this very version.
  public static final String OPERATOR_IMAGE = "howdah/operator:" + VERSION;

  /// PostgreSQL of clusters that name no image.
  public static final String POSTGRES_IMAGE =
      "ghcr.io/cloudnative-pg/postgresql:18.6-system-trixie";

  private static final String MANAGER_PROGRAM = "/opt/howdah/instance/manager";
  private static final String PULL_SECRET = "cnpg-pull-secret";
  private static final String PGBOUNCER_IMAGE = "ghcr.io/cloudnative-pg/pgbouncer:1.25.1";
  private static final List<String> DRAIN_TAINTS =
      List.of(
          "node.kubernetes.io/unschedulable",
          "ToBeDeletedByClusterAutoscaler",
          "karpenter.sh/disrupted",
          "karpenter.sh/disruption");

  public OperatorSettings {
    watchNamespaces = Set.copyOf(watchNamespaces);
    inheritedLabels = List.copyOf(inheritedLabels);
    inheritedAnnotations = List.copyOf(inheritedAnnotations);
    includePlugins = List.copyOf(includePlugins);
    drainTaints = Set.copyOf(drainTaints);
  }

  /// Everything at its default.
  public static OperatorSettings defaults() {
    return of(List.of());
  }

  /// Reads settings from sources of rising precedence: the environment, then the ConfigMap, then
  /// the Secret. Unknown keys are ignored, as the environment is full of them.
  ///
  /// @throws IllegalArgumentException naming every value that can't be used
  public static OperatorSettings of(List<Map<String, String>> sources) {
    Map<String, String> values = new HashMap<>();
    sources.forEach(values::putAll);
    var read = new Reader(values);
    var settings =
        new OperatorSettings(
            read.text("OPERATOR_NAMESPACE", ""),
            Set.copyOf(read.list("WATCH_NAMESPACE", List.of())),
            read.text("OPERATOR_IMAGE_NAME", OPERATOR_IMAGE),
            read.text("POSTGRES_IMAGE_NAME", POSTGRES_IMAGE),
            read.text("PGBOUNCER_IMAGE_NAME", PGBOUNCER_IMAGE),
            read.text("PULL_SECRET_NAME", PULL_SECRET),
            read.list("INHERITED_LABELS", List.of()),
            read.list("INHERITED_ANNOTATIONS", List.of()),
            read.text("MONITORING_QUERIES_CONFIGMAP", ""),
            read.text("MONITORING_QUERIES_SECRET", ""),
            Duration.ofDays(read.number("CERTIFICATE_DURATION", 90, 1)),
            Duration.ofDays(read.number("EXPIRING_CHECK_THRESHOLD", 7, 1)),
            read.flag("CREATE_ANY_SERVICE", false),
            read.flag("ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES", true),
            Duration.ofSeconds(read.number("CLUSTERS_ROLLOUT_DELAY", 0, 0)),
            Duration.ofSeconds(read.number("INSTANCES_ROLLOUT_DELAY", 0, 0)),
            read.list("INCLUDE_PLUGINS", List.of()),
            values.containsKey("STANDBY_TCP_USER_TIMEOUT")
                ? Integer.valueOf(read.number("STANDBY_TCP_USER_TIMEOUT", 5000, 0))
                : null,
            read.text("KUBERNETES_CLUSTER_DOMAIN", "cluster.local"),
            Set.copyOf(read.list("DRAIN_TAINTS", DRAIN_TAINTS)),
            read.text("WEBHOOK_CERT_DIR", ""),
            read.flag("MANAGE_WEBHOOK_CONFIGURATIONS", true),
            read.flag("ENABLE_WEBHOOK_NAMESPACE_SUFFIX", false),
            read.text("HOWDAH_MANAGER_PROGRAM", MANAGER_PROGRAM),
            read.number("MAX_CONCURRENT_RECONCILES", 10, 1));
    read.refuseErrors();
    if (settings.expiringCheckThreshold.compareTo(settings.certificateDuration) >= 0) {
      throw new IllegalArgumentException(
          "EXPIRING_CHECK_THRESHOLD (%d days) must be less than CERTIFICATE_DURATION (%d days)"
              .formatted(
                  settings.expiringCheckThreshold.toDays(), settings.certificateDuration.toDays()));
    }
    return settings;
  }

  /// Keys that are read and have no effect in this version, with what they are set to.
  public Map<String, String> unsupported() {
    var found = new TreeMap<String, String>();
    if (!pgbouncerImage.equals(PGBOUNCER_IMAGE)) {
      found.put("PGBOUNCER_IMAGE_NAME", pgbouncerImage);
    }
    if (!pullSecret.equals(PULL_SECRET)) {
      found.put("PULL_SECRET_NAME", pullSecret);
    }
    return found;
  }

  /// Collects what is wrong, to report all of it.
  private static final class Reader {
    private final Map<String, String> values;
    private final List<String> errors = new ArrayList<>();

    Reader(Map<String, String> values) {
      this.values = values;
    }

    String text(String key, String otherwise) {
      String value = values.getOrDefault(key, "").strip();
      return value.isEmpty() ? otherwise : value;
    }

    List<String> list(String key, List<String> otherwise) {
      String value = values.getOrDefault(key, "");
      List<String> items =
          Arrays.stream(value.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
      return items.isEmpty() ? otherwise : items;
    }

    int number(String key, int otherwise, int least) {
      String value = text(key, "");
      if (value.isEmpty()) {
        return otherwise;
      }
      try {
        int number = Integer.parseInt(value);
        if (number >= least) {
          return number;
        }
      } catch (NumberFormatException _) {
        // reported below, with the others
      }
      errors.add("%s is \"%s\": give a whole number, at least %d".formatted(key, value, least));
      return otherwise;
    }

    boolean flag(String key, boolean otherwise) {
      String value = text(key, "");
      return switch (value.toLowerCase(java.util.Locale.ROOT)) {
        case "" -> otherwise;
        case "true", "t", "1", "yes" -> true;
        case "false", "f", "0", "no" -> false;
        default -> {
          errors.add("%s is \"%s\": give true or false".formatted(key, value));
          yield otherwise;
        }
      };
    }

    void refuseErrors() {
      if (!errors.isEmpty()) {
        throw new IllegalArgumentException(
            "the operator's settings can't be used: " + String.join("; ", errors));
      }
    }
  }
}
