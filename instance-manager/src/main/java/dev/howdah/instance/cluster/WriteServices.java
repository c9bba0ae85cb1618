// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Services for writes (`-rw`, and the additional ones of that type), which lead to one
/// instance by its name. They are created by the operator with the selector that the API describes,
/// the label of the primary; the first primary puts its name there.
///
/// By name, a change of the primary is one write, so a proxy has to hear of one change: kube-proxy
/// carries out the first at once, and whatever follows it a second later (`minSyncPeriod`), which
/// with two labels to move was a second without a primary. Nor can there be two.
final class WriteServices {
  private static final Logger LOG = LoggerFactory.getLogger(WriteServices.class);
  private static final String CLUSTER = "cnpg.io/cluster";
  private static final String INSTANCE = "cnpg.io/instanceName";
  private static final String ROLE = "cnpg.io/instanceRole";

  /// Instances' pods only: those of their jobs have their names, too.
  private static final String POD_ROLE = "cnpg.io/podRole";

  private final KubeClient client;
  private final ClusterSource cluster;
  private final String namespace;
  private final String self;

  WriteServices(KubeClient client, ClusterSource cluster, String namespace, String self) {
    this.client = client;
    this.cluster = cluster;
    this.namespace = namespace;
    this.self = self;
  }

  /// Lets all of them lead to this instance. Each is written only as it was seen while that was
  /// wanted: coming late, it must not undo what the primary of a newer term wrote.
  ///
  /// @return whether they do now, as far as this instance can do anything about it
  boolean leadHere(BooleanSupplier wanted) {
    boolean all = true;
    for (String service : new ClusterFields(cluster.current()).writeServices()) {
      all &= leadHere(service, wanted);
    }
    return all;
  }

  private boolean leadHere(String service, BooleanSupplier wanted) {
    try {
      ObjectNode seen = client.get(Resource.SERVICES, namespace, service);
      JsonNode selector = seen.at("/spec/selector");
      boolean ours = selector.has(ROLE) || selector.has(INSTANCE);
      boolean right = selector.path(INSTANCE).asText().equals(self) && !selector.has(ROLE);
      if (ours && !right && wanted.getAsBoolean()) {
        client.merge(Resource.SERVICES, namespace, service, patch(seen));
      }
      return true;
    } catch (KubeException e) {
      if (e.isNotFound()) {
        return true; // not made yet or switched off: who makes it lets it lead to the primary
      }
      LOG.atWarn()
          .addKeyValue("service", service)
          .addKeyValue("error", e.getMessage())
          .log("service for writes not led to this instance");
      return e.isForbidden();
    }
  }

  private ObjectNode patch(ObjectNode seen) {
    ObjectNode patch = Json.object();
    patch.putObject("metadata").put("resourceVersion", Json.resourceVersion(seen));
    patch
        .putObject("spec")
        .putObject("selector")
        .put(CLUSTER, Json.name(cluster.current()))
        .put(INSTANCE, self)
        .put(POD_ROLE, "instance")
        .putNull(ROLE);
    return patch;
  }
}
