// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.operator.OperatorSettings;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.desired.PodMonitor;
import dev.howdah.operator.cluster.desired.PullSecret;
import dev.howdah.operator.cluster.observed.Meta;
import dev.howdah.operator.tree.Tree;
import dev.howdah.postgres.sql.DefaultQueries;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Objects beside a Cluster's own ones that no watch follows: the standard queries of metrics and
/// the operator's pull secret, copied to where Clusters are, and the PodMonitor. They are looked at
/// when a Cluster's definition changes, and every few minutes.
final class SharedObjects {
  private static final Logger LOG = LoggerFactory.getLogger(SharedObjects.class);
  private static final Duration AGAIN = Duration.ofMinutes(5);
  private static final Duration NEVER_AGAIN = Duration.ofDays(10_000);
  private static final String QUERIES = "queries";

  private final KubeClient client;
  private final OperatorSettings settings;
  private final InstantSource clock;
  private final BooleanSupplier leads;
  private final Map<String, Looked> looked = new ConcurrentHashMap<>();

  /// @param wanted what was wanted then
  private record Looked(int wanted, Instant at) {}

  SharedObjects(
      KubeClient client, OperatorSettings settings, InstantSource clock, BooleanSupplier leads) {
    this.client = client;
    this.settings = settings;
    this.clock = clock;
    this.leads = leads;
  }

  /// Makes them what they must be. What can't be done now is done later: no Cluster waits for it.
  void keep(Blueprint blueprint) {
    String namespace = blueprint.namespace();
    once("monitoring " + namespace, 0, AGAIN, () -> monitoring(namespace));
    if (!settings.pullSecret().isEmpty()) {
      once("pull " + blueprint.cluster().uid(), 0, AGAIN, () -> pullSecret(blueprint));
    }
    Optional<ObjectNode> monitor = PodMonitor.desired(blueprint);
    once(
        "monitor " + blueprint.cluster().uid(),
        monitor.hashCode(),
        monitor.isPresent() ? AGAIN : NEVER_AGAIN,
        () -> podMonitor(blueprint, monitor));
  }

  private void once(String what, int wanted, Duration again, Runnable work) {
    Looked before = looked.get(what);
    Instant now = clock.instant();
    boolean due = before == null || before.wanted != wanted || before.at.plus(again).isBefore(now);
    if (!due || !leads.getAsBoolean()) {
      return;
    }
    looked.put(what, new Looked(wanted, now));
    try {
      work.run();
    } catch (KubeException e) {
      if (e.isConflict() || e.isAlreadyExists()) {
        looked.remove(what); // somebody else wrote: look again at the next pass
      }
      LOG.atWarn().addKeyValue("what", what).addKeyValue("cause", e.getMessage()).log("not kept");
    }
  }

  private void monitoring(String namespace) {
    if (!settings.monitoringConfigMap().isEmpty()) {
      source(Resource.CONFIG_MAPS, settings.monitoringConfigMap())
          .or(this::ownQueries)
          .ifPresent(data -> copy(Resource.CONFIG_MAPS, namespace, data));
    }
    if (!settings.monitoringSecret().isEmpty()) {
      source(Resource.SECRETS, settings.monitoringSecret())
          .ifPresent(data -> copy(Resource.SECRETS, namespace, data));
    }
  }

  /// What stands for the ConfigMap of the standard name where an administrator made none.
  private Optional<JsonNode> ownQueries() {
    return settings.monitoringConfigMap().equals(ObjectNames.DEFAULT_MONITORING)
        ? Optional.of(Tree.map(QUERIES, DefaultQueries.yaml()))
        : Optional.empty();
  }

  private Optional<JsonNode> source(Resource resource, String name) {
    Optional<ObjectNode> object =
        settings.operatorNamespace().isEmpty()
            ? Optional.empty()
            : client.find(resource, settings.operatorNamespace(), name);
    Optional<JsonNode> found =
        object
            .filter(there -> !isCopy(there)) // made for Clusters of the operator's own namespace
            .map(there -> there.path("data").path(QUERIES))
            .filter(JsonNode::isTextual)
            .map(text -> Tree.map(QUERIES, text));
    if (found.isEmpty() && !name.equals(ObjectNames.DEFAULT_MONITORING)) {
      LOG.atWarn()
          .addKeyValue("kind", resource.kind())
          .addKeyValue("name", name)
          .log("the operator's namespace has no such source of queries with the key queries");
    }
    return found;
  }

  /// One of the same name that isn't the operator's is left alone.
  private void copy(Resource resource, String namespace, JsonNode data) {
    ObjectNode wanted = Json.object(resource, namespace, ObjectNames.DEFAULT_MONITORING);
    ObjectNode metadata = wanted.withObject("/metadata");
    metadata.set("labels", Tree.map(Labels.RELOAD, "true"));
    metadata.set("annotations", Tree.map(Annotations.OPERATOR_VERSION, OperatorSettings.VERSION));
    wanted.set("data", data);
    ObjectNode there =
        client.find(resource, namespace, ObjectNames.DEFAULT_MONITORING).orElse(null);
    if (there == null || isCopy(there)) {
      write(resource, wanted, there);
    }
  }

  private static boolean isCopy(ObjectNode object) {
    return !Json.annotation(object, Annotations.OPERATOR_VERSION).isEmpty();
  }

  private void pullSecret(Blueprint blueprint) {
    client
        .find(Resource.SECRETS, settings.operatorNamespace(), settings.pullSecret())
        .ifPresent(source -> {
          ObjectNode wanted = PullSecret.copy(blueprint, source);
          ObjectNode there =
              client.find(Resource.SECRETS, blueprint.namespace(), Json.name(wanted)).orElse(null);
          if (there == null || owned(there, blueprint)) {
            write(Resource.SECRETS, wanted, there);
          }
        });
  }

  private void podMonitor(Blueprint blueprint, Optional<ObjectNode> wanted) {
    ObjectNode there;
    try {
      there =
          client.find(PodMonitor.RESOURCE, blueprint.namespace(), blueprint.name()).orElse(null);
    } catch (KubeException e) {
      if (wanted.isEmpty() && e.isForbidden()) {
        return; // nothing is asked for
      }
      throw e;
    }
    if (there != null && !owned(there, blueprint)) {
      return; // the user's own
    }
    if (wanted.isEmpty()) {
      if (there != null) {
        client.delete(
            PodMonitor.RESOURCE,
            blueprint.namespace(),
            blueprint.name(),
            DeleteOptions.ofUid(Json.uid(there)));
      }
      return;
    }
    try {
      write(PodMonitor.RESOURCE, wanted.get(), there);
    } catch (KubeException e) {
      if (!e.isNotFound()) {
        throw e;
      }
      LOG.atInfo()
          .addKeyValue("cluster", blueprint.namespace() + "/" + blueprint.name())
          .log("no PodMonitor: its CustomResourceDefinition is not installed");
    }
  }

  private static boolean owned(ObjectNode object, Blueprint blueprint) {
    return Meta.of(object).owner().equals(blueprint.cluster().uid());
  }

  private void write(Resource resource, ObjectNode wanted, @Nullable ObjectNode there) {
    if (there == null) {
      client.create(resource, wanted);
    } else if (Tree.firstLack(wanted, there).isPresent()) {
      client.merge(resource, Json.namespace(wanted), Json.name(wanted), wanted);
    }
  }
}
