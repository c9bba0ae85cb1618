// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How the operator behaves, read once: defaults < environment < ConfigMap < Secret
/// `cnpg-controller-manager-config`.
///
/// @param watchNamespaces empty: all
/// @param pullSecret a Secret of the operator's namespace; empty: there is none
/// @param standbyTcpUserTimeout null: the instance manager's default
/// @param managerProgram the launcher of the instance manager that pods get
/// @param platformIds whether pods name no user and group ids, since the platform gives them
/// @param drainTaints taints that mean a node is being emptied
/// @param ignored what is set and has no effect in this version
public record OperatorSettings(
    String operatorNamespace,
    Set<String> watchNamespaces,
    String operatorImage,
    String postgresImage,
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
    String metricsCertificates,
    String managerProgram,
    int parallelPasses,
    boolean platformIds,
    Map<String, String> ignored) {
  /// The version written on what the operator makes.
  public static final String VERSION = "0.1.0";

  /// Image that stands for this very version.
  public static final String OPERATOR_IMAGE = "howdah/operator:" + VERSION;

  /// PostgreSQL of clusters that name no image.
  public static final String POSTGRES_IMAGE =
      "ghcr.io/cloudnative-pg/postgresql:18.6-system-trixie";

  public OperatorSettings {
    watchNamespaces = Set.copyOf(watchNamespaces);
    inheritedLabels = List.copyOf(inheritedLabels);
    inheritedAnnotations = List.copyOf(inheritedAnnotations);
    includePlugins = List.copyOf(includePlugins);
    drainTaints = Set.copyOf(drainTaints);
    ignored = Map.copyOf(ignored);
  }

  /// Everything at its default.
  public static OperatorSettings defaults() {
    return of(List.of()).withPullSecret("");
  }

  /// The same with another Secret to pull images with; empty: none.
  public OperatorSettings withPullSecret(String name) {
    return new OperatorSettings(
        operatorNamespace,
        watchNamespaces,
        operatorImage,
        postgresImage,
        name,
        inheritedLabels,
        inheritedAnnotations,
        monitoringConfigMap,
        monitoringSecret,
        certificateDuration,
        expiringCheckThreshold,
        createAnyService,
        inPlaceManagerUpdates,
        clustersRolloutDelay,
        instancesRolloutDelay,
        includePlugins,
        standbyTcpUserTimeout,
        clusterDomain,
        drainTaints,
        webhookCertificates,
        manageWebhookConfigurations,
        webhookNamespaceSuffix,
        metricsCertificates,
        managerProgram,
        parallelPasses,
        platformIds,
        ignored);
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
            read.text(SettingKey.OPERATOR_NAMESPACE),
            Set.copyOf(read.list(SettingKey.WATCH_NAMESPACE)),
            read.text(SettingKey.OPERATOR_IMAGE_NAME),
            read.text(SettingKey.POSTGRES_IMAGE_NAME),
            read.text(SettingKey.PULL_SECRET_NAME),
            read.list(SettingKey.INHERITED_LABELS),
            read.list(SettingKey.INHERITED_ANNOTATIONS),
            read.text(SettingKey.MONITORING_QUERIES_CONFIGMAP),
            read.text(SettingKey.MONITORING_QUERIES_SECRET),
            Duration.ofDays(read.number(SettingKey.CERTIFICATE_DURATION, 1)),
            Duration.ofDays(read.number(SettingKey.EXPIRING_CHECK_THRESHOLD, 1)),
            read.flag(SettingKey.CREATE_ANY_SERVICE),
            read.flag(SettingKey.ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES),
            Duration.ofSeconds(read.number(SettingKey.CLUSTERS_ROLLOUT_DELAY, 0)),
            Duration.ofSeconds(read.number(SettingKey.INSTANCES_ROLLOUT_DELAY, 0)),
            read.list(SettingKey.INCLUDE_PLUGINS),
            read.text(SettingKey.STANDBY_TCP_USER_TIMEOUT).isEmpty()
                ? null
                : Integer.valueOf(read.number(SettingKey.STANDBY_TCP_USER_TIMEOUT, 0)),
            read.text(SettingKey.KUBERNETES_CLUSTER_DOMAIN),
            Set.copyOf(read.list(SettingKey.DRAIN_TAINTS)),
            read.text(SettingKey.WEBHOOK_CERT_DIR),
            read.flag(SettingKey.MANAGE_WEBHOOK_CONFIGURATIONS),
            read.flag(SettingKey.ENABLE_WEBHOOK_NAMESPACE_SUFFIX),
            read.text(SettingKey.METRICS_CERT_DIR),
            read.text(SettingKey.HOWDAH_MANAGER_PROGRAM),
            read.number(SettingKey.MAX_CONCURRENT_RECONCILES, 1),
            read.flag(SettingKey.HOWDAH_PLATFORM_IDS),
            read.ignored());
    read.refuseErrors();
    if (settings.expiringCheckThreshold.compareTo(settings.certificateDuration) >= 0) {
      throw new IllegalArgumentException(
          "EXPIRING_CHECK_THRESHOLD (%d days) must be less than CERTIFICATE_DURATION (%d days)"
              .formatted(
                  settings.expiringCheckThreshold.toDays(), settings.certificateDuration.toDays()));
    }
    return settings;
  }

  /// Collects what is wrong, to report all of it.
  private static final class Reader {
    private final Map<String, String> values;
    private final List<String> errors = new ArrayList<>();

    Reader(Map<String, String> values) {
      this.values = values;
    }

    String text(SettingKey key) {
      String value = values.getOrDefault(key.name(), "").strip();
      boolean none = key.canBeNone() && values.containsKey(key.name());
      return value.isEmpty() && !none ? key.otherwise() : value;
    }

    List<String> list(SettingKey key) {
      return Arrays.stream(text(key).split(",", -1))
          .map(String::strip)
          .filter(s -> !s.isEmpty())
          .toList();
    }

    int number(SettingKey key, int least) {
      String value = text(key);
      try {
        int number = Integer.parseInt(value);
        if (number >= least) {
          return number;
        }
      } catch (NumberFormatException _) {
        // reported below, with the others
      }
      errors.add(
          "%s is \"%s\": give a whole number, at least %d".formatted(key.name(), value, least));
      return Math.max(least, 1);
    }

    boolean flag(SettingKey key) {
      String value = text(key);
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "true", "t", "1", "yes" -> true;
        case "false", "f", "0", "no" -> false;
        default -> {
          errors.add("%s is \"%s\": give true or false".formatted(key.name(), value));
          yield false;
        }
      };
    }

    Map<String, String> ignored() {
      Map<String, String> set = new HashMap<>();
      for (SettingKey key : SettingKey.values()) {
        String value = values.getOrDefault(key.name(), "").strip();
        if (key.obeyed() == SettingKey.Obeyed.NO
            && !value.isEmpty()
            && !value.equals(key.otherwise())) {
          set.put(key.name(), value);
        }
      }
      return set;
    }

    void refuseErrors() {
      if (!errors.isEmpty()) {
        throw new IllegalArgumentException(
            "the operator's settings can't be used: " + String.join("; ", errors));
      }
    }
  }
}
